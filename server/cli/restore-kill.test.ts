import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startRuntime } from "../testing/runtime-fixture";
import { stateOf } from "./testing/read-database";
import { runNestegg } from "./testing/run-nestegg";

const LIVE = "hesocial.duckdb";
vi.setConfig({ testTimeout: 180_000 });

let template = "";
let backupId = "";

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "nestegg-cli-kill-"));
  const server = await startRuntime({ folder: template, environment: { BACKUP_ENABLED: "false" } });
  await server.sql("CREATE TABLE history AS SELECT 'before' AS text");
  await server.sql(
    "CREATE TABLE ballast AS SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS text FROM range(30000)",
  );
  backupId = (await server.backUp({ verify: true })).id;
  await server.sql("UPDATE history SET text = 'after'");
  await server.sql("DELETE FROM ballast WHERE id % 3 = 0");
  await server.stop();
}, 240_000);
afterAll(async () => {
  await rm(template, { recursive: true, force: true });
});

const run = (folder: string, words: string[], killAtFileOperation?: number) =>
  runNestegg(words, { environment: { DATA_DIR: folder }, killAtFileOperation });

async function killedAt(fileOperation: number): Promise<{ folder: string; killed: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-cli-kill-"));
  await cp(template, folder, { recursive: true });
  const { code, stderr } = await run(folder, ["restore", backupId, "--yes"], fileOperation);
  expect([null, 0], stderr).toContain(code);
  return { folder, killed: code === null };
}

/** Only the database, and kept ones that are described. */
async function expectTidy(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${LIVE}.`));
  const kept = names.filter((name) => /\.before-restore-\d{8}-\d{6}$/.test(name));
  expect(names.sort()).toEqual(kept.flatMap((name) => [name, `${name}.about.json`]).sort());
}

/** Every second moment here, others at the server's start below: from the first look at the file to the journal's end. */
test.each([1, 3, 5, 7, 9, 11, 13, 15])(
  "a restore killed just before file operation %i ends whole at the next run",
  async (fileOperation) => {
    const { folder } = await killedAt(fileOperation);
    const next = await run(folder, ["restore", backupId, "--yes", "--json"]);
    expect(next).toMatchObject({ code: 0, json: { success: true, id: backupId } });
    expect(await stateOf(join(folder, LIVE))).toBe("before 30000");
    await expectTidy(folder);
    await rm(folder, { recursive: true, force: true });
  },
);

test.each([4, 8, 10, 12, 14, 16])(
  "a server that starts after a restore was killed just before file operation %i has the old database or the new one, entirely",
  async (fileOperation) => {
    const { folder } = await killedAt(fileOperation);
    const server = await startRuntime({ folder, environment: { BACKUP_ENABLED: "false" } });
    expect(server.nestegg.health()).toMatchObject({ status: "ready" });
    await server.settled();
    await server.stop();
    expect(["before 30000", "after 20000"]).toContain(await stateOf(join(folder, LIVE)));
    await expectTidy(folder);
    await rm(folder, { recursive: true, force: true });
  },
);

test("the moments above are moments of a restore: it makes more file operations than the last one counts", async () => {
  const { folder, killed } = await killedAt(16);
  expect(killed).toBe(true);
  expect(await run(folder, ["restore", "--undo", "--yes"])).toMatchObject({ code: 0 });
  expect(await stateOf(join(folder, LIVE))).toBe("after 20000");
  await rm(folder, { recursive: true, force: true });
});
