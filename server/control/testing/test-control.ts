import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { onTestFinished } from "vitest";
import type { Log } from "../../log";
import { type ControlDatabase, openControlDatabase } from "../control-database";
import { migrate } from "../migrate";
import { type Control, type ControlOptions, openControl } from "../open-control";
import type { Caller } from "../types";
import { createHandClock, type HandClock } from "./hand-clock";

export const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
/** Strong enough for no one, fast enough for hundreds of sign-ins in a test. */
export const CHEAP_COST = { N: 16, r: 1, p: 1 };

export const ada: Caller = {
  actor: { kind: "user", id: "usr_ada", name: "Ada", role: "admin" },
  address: "10.0.0.7",
};

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-control-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestControl {
  control: Control;
  clock: HandClock;
  path: string;
  logged: string[];
  /** Ends this one and opens the same file again, as the next start does. */
  reopen(): Promise<Control>;
}

export async function openTestControl(options: Partial<ControlOptions> = {}): Promise<TestControl> {
  const path = join(await tempFolder(), "control.db");
  const clock = createHandClock();
  const { log, logged } = listeningLog();
  const open = () =>
    openControl({
      url: `file:${path}`,
      migrationsFolder: MIGRATIONS,
      clock,
      log,
      passwordCost: CHEAP_COST,
      ...options,
    });
  let control = await open();
  onTestFinished(() => control.close());
  return {
    control,
    clock,
    path,
    logged,
    async reopen() {
      await control.close();
      control = await open();
      return control;
    },
  };
}

/** The file alone, migrated: for tests that need a hand on the connection. */
export async function openTestDatabase(): Promise<{ database: ControlDatabase; clock: HandClock; path: string }> {
  const path = join(await tempFolder(), "control.db");
  const clock = createHandClock();
  const database = await openControlDatabase(`file:${path}`);
  await migrate(database, MIGRATIONS, clock);
  onTestFinished(() => database.close());
  return { database, clock, path };
}

export function listeningLog(): { log: Log; logged: string[] } {
  const logged: string[] = [];
  return { log: pino({ level: "debug" }, { write: (line: string) => logged.push(line) }), logged };
}
