import { once } from "node:events";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { forkProgram } from "./fork-program";
import { settle } from "./kill-run";
import type { FromRestoreProcess, ToRestoreProcess } from "./restore-process";
import { ADMIN, startRuntime } from "./runtime-fixture";

/** A stopped server whose history is "after", with a backup of the time when it was "before"; and one that has restored it. */
export interface RestoreTemplate {
  folder: string;
  restoredFolder: string;
  backupId: string;
  remove(): Promise<void>;
}

export type KillMoment = { fileOperation: number } | { step: string; afterMs: number } | { afterMs: number };
export interface RestoreKill {
  during: "restore" | "undo";
  at: KillMoment;
}

export interface RestoreKillEnd {
  /** Which database was found by the next start. */
  history: string;
  /** It was over before the moment came. */
  endedFirst: boolean;
  fileOperations: number | null;
}

const WARM_UP_TRANSFERS = 5;

export async function makeRestoreTemplate(): Promise<RestoreTemplate> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-restore-kill-"));
  const server = await startRuntime({ folder });
  await server.sql("CREATE TABLE history AS SELECT 'before' AS text");
  await server.sql("CREATE TABLE accounts AS SELECT range::INTEGER AS id, 1000 AS balance FROM range(20)");
  await server.sql("CREATE TABLE transfers (number INTEGER PRIMARY KEY, amount INTEGER)");
  await server.sql("CREATE TABLE ballast AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
  const { id } = await server.backUp({ verify: true });
  await server.sql("UPDATE history SET text = 'after'");
  await server.sql("DELETE FROM ballast WHERE id % 3 = 0");
  await server.stop();
  const restoredFolder = await mkdtemp(join(tmpdir(), "nestegg-restore-kill-"));
  await copyFolder(folder, restoredFolder);
  const restored = await startRuntime({ folder: restoredFolder });
  const { operationId } = await restored.nestegg.restores.start(ADMIN, { id, withoutSafetyBackup: true });
  expect((await restored.nestegg.operations.wait(operationId)).state).toBe("ok");
  await restored.settled();
  await restored.stop();
  return {
    folder,
    restoredFolder,
    backupId: id,
    async remove() {
      await rm(folder, { recursive: true, force: true });
      await rm(restoredFolder, { recursive: true, force: true });
    },
  };
}

/** SQLite closes its last connection, and removes the files beside its own, some time after the server has let go of it: then once more. */
async function copyFolder(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await cp(from, to, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === 3) throw error;
      await rm(to, { recursive: true, force: true });
    }
  }
}

/** Kills a server in the middle of a restore or an undo, starts the next one, and holds promise 4 against what it finds. */
export async function killAndExpectWhole(template: RestoreTemplate, kill: RestoreKill): Promise<RestoreKillEnd> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-restore-kill-"));
  try {
    await copyFolder(kill.during === "restore" ? template.folder : template.restoredFolder, folder);
    const killed = await runAndKill(folder, template.backupId, kill);
    const history = await expectWhole(folder, killed.committed);
    return { history, endedFirst: killed.endedFirst, fileOperations: killed.fileOperations };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAndKill(folder: string, id: string, { during, at }: RestoreKill) {
  const environment: Record<string, string> = "fileOperation" in at ? { KILL_AT: String(at.fileOperation) } : {};
  const child = forkProgram("restore-process", [folder], environment);
  const over = once(child, "exit");
  const committed = new Map<string, number>();
  let begun = false;
  let endedFirst = false;
  let fileOperations: number | null = null;
  const tell = (message: ToRestoreProcess) => child.send(message);
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.on("message", (message: FromRestoreProcess) => {
      if (message.type === "committed") {
        const highest = Math.max(message.transfers, committed.get(message.history) ?? 0);
        committed.set(message.history, highest);
        if (begun || highest < WARM_UP_TRANSFERS) return;
        begun = true;
        tell(during === "restore" ? { do: "restore", id } : { do: "undo" });
        if (!("step" in at) && "afterMs" in at) void pause(at.afterMs).then(resolve);
      }
      if (message.type === "file-operations") fileOperations = message.count;
      if (message.type === "step" && "step" in at && message.name === at.step) void pause(at.afterMs).then(resolve);
      if (message.type === "ended") {
        endedFirst = true;
        expect(message.state).toBe("ok");
        resolve();
      }
    });
  });
  child.kill("SIGKILL");
  await over;
  return { committed, endedFirst, fileOperations };
}

/** Either the old database or the new one, entirely; nothing half-done beside it; every listed backup reads. */
async function expectWhole(folder: string, committed: Map<string, number>): Promise<string> {
  const server = await startRuntime({ folder });
  try {
    const health = server.nestegg.health();
    const files = health.status === "ready" ? [] : await readdir(folder);
    expect({ ...health, files }).toMatchObject({ status: "ready" });
    const [row] = await server.sql(
      "SELECT (SELECT text FROM history), count(*)::INTEGER, coalesce(max(number), 0), (SELECT sum(balance)::INTEGER FROM accounts), (SELECT count(*)::INTEGER FROM ballast) FROM transfers",
    );
    const [history, transfers, highest, money, ballast] = row ?? [];
    expect(transfers).toBe(highest);
    expect(money).toBe(20_000);
    expect(ballast).toBe(history === "before" ? 300_000 : 200_000);
    expect(Number(highest)).toBeGreaterThanOrEqual(committed.get(String(history)) ?? 0);
    await settle(server);
    const names = (await readdir(folder)).filter((name) => name.startsWith("hesocial.duckdb."));
    expect(names.filter((name) => /swap\.json|incoming|\.tmp$|lock-probe/.test(name))).toEqual([]);
    const described = names
      .filter((name) => name.endsWith(".about.json"))
      .map((name) => name.slice(0, -".about.json".length));
    const kept = names.filter((name) => /\.before-restore-\d{8}-\d{6}$/.test(name));
    expect(described).toEqual(kept);
    expect((await server.nestegg.restores.kept()).length).toBeLessThanOrEqual(2);
    const { backups } = await server.nestegg.backups.list({ fresh: true });
    expect(backups.filter(({ state }) => state !== "verified")).toEqual([]);
    return String(history);
  } finally {
    await server.stop();
  }
}
