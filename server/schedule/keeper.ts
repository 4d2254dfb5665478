import type { Caller, OperationView } from "../control/types";
import { endedWell } from "../ended-well";
import type { ScheduleSettings, SettingSource } from "../nestegg-operate";
import { coveredUntil } from "./covered-until";
import { longestGapMs } from "./gaps";
import { overdueSlot } from "./overdue";
import { overdueNotice, recoveredNotice } from "./overdue-notice";
import { ScheduleBook } from "./schedule-book";
import type { ScheduleDeps } from "./schedule-deps";
import { afterClockJump, drawShare, pauseHolds, retryAfter, type ScheduleState } from "./schedule-state";
import { type Plan, planOf } from "./slots";

const SCHEDULE_CALLER: Caller = { actor: { kind: "system", id: "system", name: "schedule" }, address: null };
const MINUTE_MS = 60_000;
/** A run that began just now may still make the slot good; a longer one no longer hides that it is late. */
const RUN_PATIENCE_MS = 15 * MINUTE_MS;

/**
 * Keeps the schedule. `tick` is called every few seconds and starts at most one run. However the clock goes, a slot that is noted as
 * settled is not run again, and no slot waits behind one in the future.
 */
export class ScheduleKeeper {
  readonly #deps: ScheduleDeps;
  readonly #book: ScheduleBook;
  #running: { since: Date } | null = null;
  #plan: { settings: ScheduleSettings; anchor: string; plan: Plan; intervalMs: number | null; day: number } | null =
    null;

  private constructor(deps: ScheduleDeps, book: ScheduleBook) {
    this.#deps = deps;
    this.#book = book;
  }

  /** Reads what is kept, or notes this as the first start. */
  static async open(deps: ScheduleDeps): Promise<ScheduleKeeper> {
    const book = await ScheduleBook.open(deps);
    // Slots that were missed are made up for by one run, but only after an earlier one: a first start owes nothing.
    await book.note((now) => (book.state.lastRun ? {} : { settledUntil: now }));
    return new ScheduleKeeper(deps, book);
  }

  get state(): Readonly<ScheduleState> {
    return this.#book.state;
  }

  get settings(): ScheduleSettings {
    return this.#book.saved ?? this.#deps.defaults;
  }

  get source(): SettingSource {
    return this.#book.saved ? "dashboard" : this.#deps.defaultsFrom;
  }

  get deps(): Readonly<ScheduleDeps> {
    return this.#deps;
  }

  /** Whether slots are due at all. */
  get on(): boolean {
    return this.#deps.backupEnabled && this.settings.enabled;
  }

  get paused(): boolean {
    return this.state.pause !== null && pauseHolds(this.state.pause, this.#deps.clock.now());
  }

  plan(settings = this.settings): { plan: Plan; intervalMs: number | null } {
    const day = Math.floor(this.#deps.clock.now().getTime() / (24 * 60 * MINUTE_MS));
    const { anchor } = this.state;
    const known = this.#plan;
    if (known && known.settings === settings && known.anchor === anchor && known.day === day) return known;
    const plan = planOf(settings, new Date(anchor));
    const made = { settings, anchor, day, plan, intervalMs: longestGapMs(plan, this.#deps.clock.now()) };
    if (settings === this.settings) this.#plan = made;
    return made;
  }

  /** When the next run begins, jitter included; may be past while it waits. Null while off or paused. */
  nextRunAt(): Date | null {
    if (!this.on || this.paused) return null;
    const { settledUntil, jitterShare, retry } = this.state;
    const slot = this.plan().plan.nextAfter(new Date(settledUntil));
    const run = slot && new Date(slot.getTime() + Math.round(this.#jitterMs() * jitterShare));
    if (!retry || this.#madeGood()) return run;
    return run && run < new Date(retry.at) ? run : new Date(retry.at);
  }

  /** The slot that should have made a good backup and did not; null: in time, off, paused. */
  overdueSince(): Date | null {
    const { clock } = this.#deps;
    const now = clock.now();
    if (!this.on || this.paused) return null;
    if (this.#running && now.getTime() - this.#running.since.getTime() < RUN_PATIENCE_MS) return null;
    const { plan, intervalMs } = this.plan();
    if (intervalMs === null) return null;
    return overdueSlot({
      now,
      plan,
      intervalMs,
      jitterMs: this.#jitterMs(),
      coveredUntil: this.#coveredUntil(now),
      countsFrom: new Date(this.state.countsFrom),
    });
  }

  /** Every few seconds: ends a pause, starts at most one run, tells that one is overdue or is no longer. */
  async tick(): Promise<void> {
    try {
      await this.#goOn();
    } finally {
      // Also when no run could begin: that is what it is for.
      await this.#tellOverdue();
    }
  }

  async #goOn(): Promise<void> {
    await this.#book.catchUp();
    const now = this.#deps.clock.now();
    if (afterClockJump(this.state, now) !== this.state) {
      this.#deps.log.warn({ from: this.state.settledUntil }, "the clock went back; the schedule goes on from now");
      await this.#book.note(() => afterClockJump(this.state, now));
    }
    await this.#endPause();
    if (this.#isDue() && this.#running === null && this.#deps.hindrance() === null) await this.#run();
  }

  /** A scheduled backup that something else than a slot asked for (a start after a crash): it answers what is due by now. */
  async noteRun(operationId: string, done: Promise<OperationView>): Promise<void> {
    await this.#book.note((now) => ({ settledUntil: now, lastRun: { at: now, operationId } }));
    // Whoever asked for it tries again as well.
    this.#follow(done, null);
  }

  /** New settings, lasting; null takes those of the environment again. A run that is due already stays due. */
  async save(settings: ScheduleSettings | null): Promise<void> {
    await this.#book.change(async (now) => {
      const due = this.#isDue();
      await this.#book.keepSettings(settings);
      this.#plan = null;
      return due ? { countsFrom: now } : { countsFrom: now, settledUntil: now };
    });
    this.#deps.announce();
  }

  /** Null ends it; what was due in between is not made up for. */
  async setPause(pause: ScheduleState["pause"]): Promise<void> {
    await this.#book.change((now) =>
      pause ? { pause } : { pause: null, retry: null, settledUntil: now, countsFrom: now },
    );
    this.#deps.announce();
  }

  #isDue(): boolean {
    const at = this.nextRunAt();
    return at !== null && at <= this.#deps.clock.now();
  }

  async #run(): Promise<void> {
    const before = this.state;
    await this.#book.note((now) => ({ settledUntil: now, retry: null }));
    const run = await this.#deps.begin().catch(async (error: unknown) => {
      // Nothing was begun: the slot is not lost, the next tick tries again.
      await this.#book.note(() => ({ settledUntil: before.settledUntil, retry: before.retry }));
      throw error;
    });
    this.#follow(run.done, before.retry?.failures ?? 0);
    const jitterShare = drawShare(this.#deps.clock);
    await this.#book.note((now) => ({ lastRun: { at: now, operationId: run.operationId }, jitterShare }));
  }

  #follow(done: Promise<OperationView>, failures: number | null): void {
    const { clock, log } = this.#deps;
    const running = { since: clock.now() };
    this.#running = running;
    done
      .then(async (view) => {
        const at = running.since.toISOString();
        if (endedWell(view.state)) await this.#book.note(() => ({ lastGood: { at, stored: view.backupId !== null } }));
        if (view.state === "failed" && failures !== null)
          await this.#book.note(() => ({ retry: retryAfter(clock.now(), failures) }));
      })
      .catch((error: unknown) => log.error({ err: error }, "the end of a scheduled run was not noted"))
      .finally(() => {
        if (this.#running === running) this.#running = null;
        this.#deps.announce();
      });
  }

  async #endPause(): Promise<void> {
    const { pause } = this.state;
    if (!pause || this.paused) return;
    // Slots after its end are due also when the server was down then; where the clock went back, from now on.
    await this.#book.note((now) => {
      const from = new Date(Math.min(Date.parse(pause.until), Date.parse(now))).toISOString();
      const later = (iso: string) => (iso > from ? iso : from);
      const { settledUntil, countsFrom } = this.state;
      return { pause: null, retry: null, settledUntil: later(settledUntil), countsFrom: later(countsFrom) };
    });
    await this.#deps.audit({
      caller: SCHEDULE_CALLER,
      action: "schedule.resume",
      target: null,
      detail: { pausedBy: pause.by, reason: pause.reason },
    });
    this.#deps.announce();
  }

  async #tellOverdue(): Promise<void> {
    const since = this.overdueSince();
    const told = this.state.overdueTold;
    if ((since === null) === (told === null)) return;
    const { settings } = this;
    const expected = this.on && !this.paused;
    const hindrance = this.#deps.hindrance();
    this.#deps.tell(since ? overdueNotice({ since, settings, hindrance }) : recoveredNotice(expected));
    await this.#book.note(() => ({ overdueTold: since ? since.toISOString() : null }));
    this.#deps.announce();
  }

  #jitterMs(): number {
    return this.settings.jitterMinutes * MINUTE_MS;
  }

  /** Something else has made the backup since the run that failed. */
  #madeGood(): boolean {
    const covered = this.#coveredUntil(this.#deps.clock.now());
    const { lastRun } = this.state;
    return covered !== null && lastRun !== null && covered >= new Date(lastRun.at);
  }

  #coveredUntil(now: Date): Date | null {
    return coveredUntil({ now, listed: this.#deps.coveredUntil(), lastGood: this.state.lastGood });
  }
}
