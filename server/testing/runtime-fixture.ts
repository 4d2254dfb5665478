import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../clock";
import { parseSettings, type Settings } from "../config";
import type { Caller } from "../control/types";
import { createLog } from "../log";
import type { BackupView, Nestegg } from "../nestegg";
import { createRuntime, type Runtime, type RuntimeOptions } from "../runtime";
import type { ObjectStore, StoreSettings } from "../storage/object-store";
import { openStore } from "../storage/open-store";

export const ADMIN: Caller = {
  actor: { kind: "user", id: "u1", name: "admin@example.com", role: "admin" },
  address: "127.0.0.1",
};

/** The real clock, moved at will: who sleeps past the new time wakes up, so that tests need not wait for hours to pass. */
export class MovableClock implements Clock {
  #offsetMs = 0;
  readonly #sleepers = new Set<{ until: number; wake(): void }>();
  now = () => new Date(Date.now() + this.#offsetMs);
  randomHex = systemClock.randomHex;

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    const woken = new AbortController();
    const sleeper = { until: this.now().getTime() + ms, wake: () => woken.abort() };
    this.#sleepers.add(sleeper);
    try {
      await systemClock.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal);
    } finally {
      this.#sleepers.delete(sleeper);
    }
  };

  move(ms: number): void {
    this.#offsetMs += ms;
    const now = this.now().getTime();
    for (const sleeper of this.#sleepers) if (sleeper.until <= now) sleeper.wake();
  }
}

export interface RuntimeFixture {
  readonly folder: string;
  readonly settings: Settings;
  readonly runtime: Runtime;
  readonly nestegg: Nestegg;
  readonly clock: MovableClock;
  /** Resolves with the reason when the server asks for the end of its process. */
  readonly restartWanted: Promise<string>;
  /** The same bucket, through a client of the test's own. */
  readonly store: ObjectStore;
  sql(text: string): Promise<unknown[][]>;
  /** Backs up and waits; throws when the run does not end well. */
  backUp(input?: { note?: string; tags?: Record<string, string>; verify?: boolean }): Promise<BackupView>;
  keys(): Promise<string[]>;
  /** Resolves when no run is queued or under way, those that follow by themselves included. */
  settled(): Promise<void>;
  stop(): ReturnType<Runtime["stop"]>;
  remove(): Promise<void>;
}

interface FixtureOptions {
  environment?: Record<string, string>;
  /** Another store than the folder; the test's own client stays on this one unless `look` names another. */
  storage?: StoreSettings;
  look?: StoreSettings;
  folder?: string;
  holdLimit?: RuntimeOptions["holdLimit"];
}

/** Bundled, this file has them beside itself. */
function migrationsFolder(): string {
  const place = import.meta.url.endsWith(".ts") ? "../control/migrations" : "./migrations";
  return fileURLToPath(new URL(place, import.meta.url));
}

/** As in a process that is ended there. */
const endless = () => new Promise<never>(() => undefined);

/** Wired and not opened: for what happens while a server starts. */
export const createRuntimeFor = (stopped: RuntimeFixture): Promise<Runtime> =>
  wireRuntime(stopped.settings, stopped.clock);

function wireRuntime(
  settings: Settings,
  clock: Clock,
  { holdLimit, mustRestart = endless }: Partial<Pick<RuntimeOptions, "holdLimit" | "mustRestart">> = {},
): Promise<Runtime> {
  return createRuntime({
    settings,
    clock,
    log: createLog("silent"),
    version: "0.0.0-test",
    authSecret: "0".repeat(64),
    migrationsFolder: migrationsFolder(),
    holdLimit,
    mustRestart,
  });
}

/** A whole server without its HTTP face, on a folder of its own, opened and ready. */
export async function startRuntime(options: FixtureOptions = {}): Promise<RuntimeFixture> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "nestegg-runtime-")));
  const parsed = parseSettings({ DATA_DIR: folder, LOG_LEVEL: "silent", ...options.environment });
  const settings = options.storage ? { ...parsed, storage: options.storage } : parsed;
  const clock = new MovableClock();
  let wantRestart: (reason: string) => void = () => undefined;
  const restartWanted = new Promise<string>((resolve) => {
    wantRestart = resolve;
  });
  const mustRestart = (reason: string) => {
    wantRestart(reason);
    return endless();
  };
  const runtime = await wireRuntime(settings, clock, { holdLimit: options.holdLimit, mustRestart });
  await runtime.open();
  const { nestegg } = runtime;
  const store = await openStore(options.look ?? settings.storage, { clock });
  return {
    folder,
    settings,
    runtime,
    nestegg,
    clock,
    restartWanted,
    store,
    async sql(text) {
      return (await nestegg.database.app().run(text)).rows;
    },
    async backUp(input = {}) {
      const { operationId } = await nestegg.backups.create(ADMIN, input);
      const ended = await nestegg.operations.wait(operationId);
      if (!ended.backupId || !ended.state.startsWith("ok"))
        throw new Error(`${ended.state}: ${JSON.stringify(ended.error)}`);
      return nestegg.backups.get(ended.backupId);
    },
    async keys() {
      const keys: string[] = [];
      for await (const object of store.list("")) keys.push(object.key);
      return keys;
    },
    async settled() {
      for (;;) {
        const { operations } = await nestegg.operations.list({ limit: 50, states: ["queued", "running", "waiting"] });
        if (operations.length === 0) return;
        await Promise.all(operations.map(({ id }) => nestegg.operations.wait(id)));
        await pause(20);
      }
    },
    async stop() {
      runtime.beginStop();
      const result = await runtime.stop({ giveUp: new AbortController().signal, budgetLeftMs: 25_000 });
      await runtime.close();
      return result;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
