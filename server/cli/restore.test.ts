import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { lockDataFolder } from "../control/data-folder-lock";
import { startRuntime } from "../testing/runtime-fixture";
import { type MadeBucket, makeBucket } from "./testing/make-bucket";
import { stateOf } from "./testing/read-database";
import { fetchedAndReused, runNestegg } from "./testing/run-nestegg";

const LIVE = "hesocial.duckdb";

let bucket: MadeBucket;
beforeAll(async () => {
  bucket = await makeBucket();
}, 240_000);
afterAll(() => bucket.stop());

/** Several runs of the program and a server in one test, on a machine that others use. */
vi.setConfig({ testTimeout: 180_000 });

const run = (folder: string, words: string[], environment: Record<string, string> = {}) =>
  runNestegg(words, {
    environment: { ...bucket.environment, DATA_DIR: folder, ...environment },
  });

/** The stopped server's data folder, its database in the third state. */
async function stopped(): Promise<string> {
  const folder = await bucket.emptyFolder();
  await cp(bucket.serverFolder, folder, { recursive: true });
  return folder;
}

const beside = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith(`${LIVE}.`)).sort();

test("on an empty machine restore latest puts the newest backup in place; the server opens it and knows the mark", async () => {
  const folder = join(await bucket.emptyFolder(), "new", "volume");
  const done = await run(folder, ["restore", "latest", "--yes", "--json"]);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.json).toMatchObject({ success: true, id: bucket.newer, keptName: null, marked: true, reusedBytes: 0 });
  expect(await stateOf(join(folder, LIVE))).toBe("second 200000");
  expect(await beside(folder)).toEqual([]);

  const server = await startRuntime({ folder, environment: { BACKUP_ENABLED: "false" }, storage: bucket.settings });
  try {
    expect(server.nestegg.health()).toMatchObject({ status: "ready" });
    expect(await server.sql("SELECT text FROM history")).toEqual([["second"]]);
    await server.nestegg.backups.list({ fresh: true });
    expect((await server.nestegg.backups.get(bucket.newer)).status).toBe("latest_restored");
  } finally {
    await server.stop();
  }
});

test("the replaced file is kept as the dashboard keeps it, and comes back by restore --undo or by the dashboard", async () => {
  const folder = await stopped();
  const done = await run(folder, ["restore", bucket.older, "--yes", "--json"]);
  expect(done).toMatchObject({ code: 0 });
  // Most parts of the older backup are still in the live file or not; what is fetched and reused is all of it.
  expect(fetchedAndReused(done)).toBe(done.json.bytes);
  expect(await stateOf(join(folder, LIVE))).toBe("first 300000");
  expect(await beside(folder)).toEqual([done.json.keptName, `${done.json.keptName}.about.json`]);
  expect(await stateOf(join(folder, String(done.json.keptName)))).toBe("third 200000");

  const again = await run(folder, ["restore", bucket.older, "--yes", "--json"]);
  expect(again.json).toMatchObject({ fetchedBytes: 0 });
  const undone = await run(folder, ["restore", "--undo", "--yes", "--json"]);
  expect(undone).toMatchObject({ code: 0, json: { success: true } });
  expect(await stateOf(join(folder, LIVE))).toBe("first 300000");

  const server = await startRuntime({ folder, environment: { BACKUP_ENABLED: "false" }, storage: bucket.settings });
  try {
    const kept = await server.nestegg.restores.kept();
    expect(kept.map(({ uncovered, actor }) => ({ uncovered, actor }))).toEqual(
      kept.map(() => ({ uncovered: true, actor: "command line" })),
    );
    expect(kept.find(({ name }) => name === done.json.keptName)).toMatchObject({ replacedBy: bucket.older });
    expect(await server.nestegg.restores.previewUndo()).toMatchObject({ kept: { replacedBy: "an undo" } });
  } finally {
    await server.stop();
  }
});

test("an undo needs no storage, and says what it could not write there", async () => {
  const folder = await stopped();
  expect(await run(folder, ["restore", bucket.older, "--yes"])).toMatchObject({ code: 0 });
  const undone = await run(folder, ["restore", "--undo", "--yes", "--json"], { R2_ENDPOINT: "http://127.0.0.1:9" });
  expect(undone).toMatchObject({ code: 0, json: { success: true, cleared: false } });
  expect(await stateOf(join(folder, LIVE))).toBe("third 200000");
  const nothing = await run(await bucket.emptyFolder(), ["restore", "--undo", "--yes", "--json"]);
  expect(nothing).toMatchObject({ code: 3, json: { error: { code: "not_found" } } });
});

test("without a terminal it asks for --yes, and before that nothing is done", async () => {
  const folder = await stopped();
  const refused = await run(folder, ["restore", bucket.older]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("--yes");
  expect(await stateOf(join(folder, LIVE))).toBe("third 200000");
  expect(await beside(folder)).toEqual([]);
});

test("while a server owns the data folder a restore is refused, names the process and changes nothing", async () => {
  const folder = await stopped();
  const lock = await lockDataFolder(folder);
  try {
    for (const words of [
      ["restore", bucket.older, "--yes", "--json"],
      ["restore", "--undo", "--yes", "--json"],
    ]) {
      const refused = await run(folder, words);
      expect(refused).toMatchObject({
        code: 5,
        json: { success: false, error: { code: "database_busy" }, exitCode: 5 },
      });
      expect(refused.json.error?.message).toContain(`pid ${process.pid}`);
    }
  } finally {
    await lock.release();
  }
  expect(await stateOf(join(folder, LIVE))).toBe("third 200000");
  expect(await beside(folder)).toEqual([]);
});

test("while another process has the file open a restore is refused and names it", async () => {
  const folder = await stopped();
  const holder = await DuckDBInstance.create(join(folder, LIVE));
  try {
    const refused = await run(folder, ["restore", bucket.older, "--yes", "--json"]);
    expect(refused).toMatchObject({ code: 5, json: { error: { code: "database_busy" } } });
    expect(refused.json.error?.message).toContain(String(process.pid));
  } finally {
    holder.closeSync();
  }
  expect(await stateOf(join(folder, LIVE))).toBe("third 200000");
});

test("a live file that is damaged or gone, with a stale log beside it, is no obstacle: all of it is put aside", async () => {
  const folder = await stopped();
  await writeFile(join(folder, LIVE), "no database any more");
  await writeFile(join(folder, `${LIVE}.wal`), "nor a log");
  const done = await run(folder, ["restore", bucket.newer, "--yes", "--json"]);
  expect(done).toMatchObject({ code: 0, json: { id: bucket.newer } });
  expect(await stateOf(join(folder, LIVE))).toBe("second 200000");
  expect(await beside(folder)).toEqual([
    done.json.keptName,
    `${done.json.keptName}.about.json`,
    `${done.json.keptName}.wal`,
  ]);
  await rm(join(folder, LIVE));
  expect(await run(folder, ["restore", bucket.older, "--yes", "--json"])).toMatchObject({
    code: 0,
    json: { keptName: null },
  });
  expect(await stateOf(join(folder, LIVE))).toBe("first 300000");
});

test("latest is the backup that was restored last while none was taken since, also when another one has a newer id", async () => {
  const folder = await stopped();
  await run(folder, ["restore", bucket.older, "--yes"]);
  const elsewhere = await bucket.emptyFolder();
  expect(await run(elsewhere, ["restore", "latest", "--yes", "--json"])).toMatchObject({ json: { id: bucket.older } });
  expect(await stateOf(join(elsewhere, LIVE))).toBe("first 300000");
});

test("a backup whose file is gone is exit code 4 and leaves the live file alone", async () => {
  const folder = await stopped();
  const unknown = await run(folder, ["restore", "hesocial-manual-20200101-000000.duckdb", "--yes", "--json"]);
  expect(unknown).toMatchObject({ code: 3 });
  await run(await stopped(), ["restore", bucket.newer, "--yes"]);
  await bucket.store.delete(`backups/${bucket.newer}`);
  const gone = await run(folder, ["restore", bucket.newer, "--yes", "--json"]);
  expect(gone).toMatchObject({ code: 4, json: { error: { code: "backup_missing" } } });
  const latest = await run(folder, ["restore", "latest", "--yes"]);
  expect(latest.code).toBe(4);
  expect(latest.stderr).toContain(bucket.older);
  expect(await stateOf(join(folder, LIVE))).toBe("third 200000");
  expect(await beside(folder)).toEqual([]);
});
