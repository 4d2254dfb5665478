import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { forkProgram } from "./fork-program";
import { type RuntimeFixture, startRuntime } from "./runtime-fixture";
import type { FromProcess, ToProcess } from "./runtime-process";

const WARM_UP_TRANSFERS = 10;

export interface KillPlan {
  folder: string;
  /** What the process is told to do while its writer runs. */
  during: "back-up" | "stop";
  /** The kill falls this long after the step has begun. */
  step: string;
  afterMs: number;
}

/** Runs a server with a writer, kills it outright at the planned moment, and tells how many transactions it had confirmed. */
export async function runAndKill(plan: KillPlan): Promise<{ committed: number; endedFirst: boolean }> {
  const child = forkProgram("runtime-process", [plan.folder]);
  let committed = 0;
  let endedFirst = false;
  const over = once(child, "exit");
  const tell = (message: ToProcess) => child.send(message);
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.on("message", (message: FromProcess) => {
      if (message.type === "committed") {
        committed = message.transfers;
        // The writer is at work before anything is asked for, however slow the machine is.
        if (committed === WARM_UP_TRANSFERS) tell({ do: plan.during });
      }
      if (message.type === "ended") {
        endedFirst = true;
        resolve();
      }
      if (message.type === "step" && message.name === plan.step) pause(plan.afterMs).then(resolve);
    });
  });
  child.kill("SIGKILL");
  await over;
  return { committed, endedFirst };
}

/** The next start on the same folder: nothing committed is lost, nothing listed is broken, nothing is left behind. */
export async function expectWholeAfterKill(folder: string, committed: number): Promise<void> {
  const server = await startRuntime({ folder });
  try {
    await settle(server);
    const [row] = await server.sql("SELECT count(*), max(number) FROM transfers");
    const [transfers, highest] = row ?? [];
    expect(Number(transfers)).toBe(highest);
    expect(highest).toBeGreaterThanOrEqual(committed);
    expect(await server.sql("SELECT sum(balance) FROM accounts")).toEqual([["20000"]]);
    const keys = await server.keys();
    expect(keys.filter((key) => key.endsWith(".claim"))).toEqual([]);
    const objects = keys.filter((key) => key.endsWith(".duckdb"));
    expect(keys.filter((key) => key.endsWith(".duckdb.json")).map((key) => key.slice(0, -5))).toEqual(objects);
    const { backups } = await server.nestegg.backups.list({ fresh: true });
    expect(backups.map((backup) => backup.state)).toEqual(backups.map(() => "verified"));
    expect(backups.length).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }
}

/** The backup that the start takes after a kill, and every verification, are over. */
export async function settle(server: RuntimeFixture): Promise<void> {
  await server.settled();
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  for (const backup of backups) {
    if (backup.state === "verified") continue;
    const { operationId } = await server.nestegg.backups.verify(
      { actor: { kind: "system", id: "system", name: "test" }, address: null },
      { id: backup.id },
    );
    await server.nestegg.operations.wait(operationId);
  }
}
