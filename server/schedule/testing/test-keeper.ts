import pino from "pino";
import { BUILT_IN_SCHEDULE } from "../../config";
import { createHandClock, type HandClock } from "../../control/testing/hand-clock";
import type { OperationState, OperationView } from "../../control/types";
import type { AuditEntry } from "../../nestegg";
import type { AlertNotice, ScheduleSettings } from "../../nestegg-operate";
import { ScheduleKeeper } from "../keeper";

/** A keeper on a clock that moves by hand, with a database, a store and alerts that only remember. */
export interface TestKeeper {
  keeper: ScheduleKeeper;
  clock: HandClock;
  /** When runs began. */
  runs: string[];
  told: AlertNotice[];
  audited: AuditEntry[];
  /** How runs end; "never" leaves them under way. */
  ends: OperationState | "never" | "unchanged";
  hindrance: string | null;
  coveredUntil: Date | null | "unknown";
  beginFails: Error | null;
  memory: Map<string, string>;
  memoryFails: Error | null;
  /** The next process on the same memory. */
  restart(): Promise<void>;
  /** Moves the clock, then ticks, as the chores do. */
  tickAfter(ms: number): Promise<void>;
  tickAt(iso: string): Promise<void>;
}

export interface TestKeeperOptions {
  at?: string;
  settings?: Partial<ScheduleSettings>;
  backupEnabled?: boolean;
}

export async function createTestKeeper(options: TestKeeperOptions = {}): Promise<TestKeeper> {
  const clock = createHandClock(options.at ?? "2026-11-24T09:00:00.000Z");
  const operations = new Map<string, OperationView>();
  const open = () =>
    ScheduleKeeper.open({
      clock,
      log: pino({ level: "silent" }),
      memory: {
        get: async (name) => test.memory.get(name) ?? null,
        async set(name, value) {
          if (test.memoryFails) throw test.memoryFails;
          if (value === null) test.memory.delete(name);
          else test.memory.set(name, value);
        },
      },
      defaults: { ...BUILT_IN_SCHEDULE, ...options.settings },
      defaultsFrom: "default",
      backupEnabled: options.backupEnabled ?? true,
      hindrance: () => test.hindrance,
      async begin() {
        if (test.beginFails) throw test.beginFails;
        test.runs.push(clock.now().toISOString());
        const operationId = `op-${test.runs.length}`;
        const view = endOf(test.ends, operationId);
        operations.set(operationId, view);
        if (endsGood(test.ends)) test.coveredUntil = clock.now();
        return { operationId, done: test.ends === "never" ? new Promise(() => undefined) : Promise.resolve(view) };
      },
      coveredUntil: () => test.coveredUntil,
      operation: async (id) => operations.get(id) ?? null,
      audit: async (entry) => void test.audited.push(entry),
      tell: (notice) => void test.told.push(notice),
      announce: () => undefined,
    });
  const test: Omit<TestKeeper, "keeper"> & { keeper: ScheduleKeeper | null } = {
    keeper: null,
    clock,
    runs: [],
    told: [],
    audited: [],
    ends: "ok",
    hindrance: null,
    coveredUntil: null,
    beginFails: null,
    memory: new Map(),
    memoryFails: null,
    async restart() {
      test.keeper = await open();
    },
    async tickAfter(ms) {
      clock.set(new Date(clock.now().getTime() + ms).toISOString());
      await tick();
    },
    async tickAt(iso) {
      clock.set(iso);
      await tick();
    },
  };
  async function tick(): Promise<void> {
    await test.keeper?.tick();
    // The end of a run that began is noted before anybody looks.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const keeper = await open();
  return Object.assign(test, { keeper });
}

/** Runs without their seconds. */
export const minutes = (runs: string[]) => runs.map((at) => at.slice(0, 16));

function endsGood(ends: TestKeeper["ends"]): boolean {
  return ends === "ok" || ends === "ok-retried";
}

function endOf(ends: TestKeeper["ends"], id: string): OperationView {
  const state = ends === "never" ? "running" : ends === "unchanged" ? "ok" : ends;
  return { id, state, backupId: endsGood(ends) ? `hesocial-scheduled-${id}` : null } as OperationView;
}
