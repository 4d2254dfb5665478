import type { ScheduleSettings } from "../nestegg-operate";
import type { ScheduleDeps } from "./schedule-deps";
import { scheduleSettingsSchema } from "./schedule-settings";
import { firstState, readKept, type ScheduleState, scheduleStateSchema } from "./schedule-state";

const SCHEDULE_SETTINGS = "settings:schedule";
const SCHEDULE_STATE = "schedule-state";

type BookDeps = Pick<ScheduleDeps, "memory" | "log" | "clock">;

/**
 * What the schedule knows, kept in the control database. What a person changes is written first; what the schedule notes itself holds
 * in memory even where it cannot be written, for a full disk must not end the backups.
 */
export class ScheduleBook {
  readonly #deps: BookDeps;
  #state: ScheduleState;
  #saved: ScheduleSettings | null;
  /** Settings, state and memory change one after another: two at once would each write over the other. */
  #changes: Promise<unknown> = Promise.resolve();
  /** The state in memory is newer than the one that is kept, which could not be written. */
  #unsaved = false;

  private constructor(deps: BookDeps, state: ScheduleState, saved: ScheduleSettings | null) {
    this.#deps = deps;
    this.#state = state;
    this.#saved = saved;
  }

  /** Reads what is kept, or begins with this as the first start. */
  static async open(deps: BookDeps): Promise<ScheduleBook> {
    const { memory, log, clock } = deps;
    const state = await readKept(memory, SCHEDULE_STATE, scheduleStateSchema, log);
    const settings = await readKept(memory, SCHEDULE_SETTINGS, scheduleSettingsSchema, log);
    return new ScheduleBook(deps, state ?? firstState(clock), settings);
  }

  get state(): Readonly<ScheduleState> {
    return this.#state;
  }

  /** What a person has saved; null: the defaults hold. */
  get saved(): ScheduleSettings | null {
    return this.#saved;
  }

  /** A person's change: written first, then believed; rejects where it cannot be written. */
  change(make: (now: string) => Partial<ScheduleState> | Promise<Partial<ScheduleState>>): Promise<void> {
    return this.#inTurn(async () => {
      const next = { ...this.#state, ...(await make(this.#deps.clock.now().toISOString())) };
      await this.#write(next);
      this.#state = next;
    });
  }

  /** Part of a `change`, for what is due by the old settings is asked in the same turn. Null takes the defaults again. */
  async keepSettings(settings: ScheduleSettings | null): Promise<void> {
    await this.#deps.memory.set(SCHEDULE_SETTINGS, settings && JSON.stringify(settings));
    this.#saved = settings;
  }

  /** What happened: believed at once; where it cannot be written, `catchUp` writes it. At worst a restart runs a slot again. */
  note(make: (now: string) => Partial<ScheduleState>): Promise<void> {
    return this.#inTurn(async () => {
      this.#state = { ...this.#state, ...make(this.#deps.clock.now().toISOString()) };
      try {
        await this.#write(this.#state);
      } catch (error) {
        if (!this.#unsaved)
          this.#deps.log.error({ err: error }, "the schedule's state cannot be written; it goes on in memory");
        this.#unsaved = true;
      }
    });
  }

  /** Writes what could not be written before. */
  async catchUp(): Promise<void> {
    if (this.#unsaved) await this.note(() => ({}));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  async #write(state: ScheduleState): Promise<void> {
    await this.#deps.memory.set(SCHEDULE_STATE, JSON.stringify(state));
    if (this.#unsaved) this.#deps.log.info("the schedule's state is written again");
    this.#unsaved = false;
  }
}
