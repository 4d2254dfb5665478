import { copyFile, open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { serversOfTests } from "../testing/restore-fixture";
import { checkBlocks } from "./check-blocks";
import type { JobContext } from "./protocol";

vi.setConfig({ testTimeout: 60_000 });

const servers = serversOfTests();
const context: JobContext = {
  signal: new AbortController().signal,
  send: () => undefined,
  spillWanted: new Promise(() => undefined),
};

test("a file that is written and checkpointed meanwhile is never called damaged; one that is damaged at rest always", async () => {
  const server = await servers.start({ environment: { DATABASE_WAL_LIMIT_MB: "1", BACKUP_ENABLED: "false" } });
  const path = server.settings.databasePath;
  await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(100000)");
  let writing = true;
  const writer = (async () => {
    for (let round = 0; writing; round += 1) {
      await server.sql(`INSERT INTO orders SELECT range, md5(range::VARCHAR || '${round}') FROM range(40000)`);
      await server.sql(`UPDATE orders SET text = md5(text) WHERE id % 50 = ${round % 50}`);
      await server.sql("DELETE FROM orders WHERE id < 20000");
    }
  })();
  const checkpointAt = async () => (await server.nestegg.database.info()).statistics?.lastCheckpointAt?.getTime() ?? 0;
  const checkpoints = new Set<number>();
  let bytes = 0;
  // Without checkpoints in between it would prove nothing.
  for (let reading = 0; checkpoints.size < 4 && reading < 400; reading += 1) {
    bytes = (await checkBlocks({ kind: "check-blocks", path }, context)).bytes;
    checkpoints.add(await checkpointAt());
  }
  writing = false;
  await writer;
  expect(checkpoints.size).toBeGreaterThanOrEqual(4);
  expect(bytes).toBeGreaterThan(1_000_000);
  await server.stop();

  const copy = join(server.folder, "copy.duckdb");
  await copyFile(path, copy);
  expect(await checkBlocks({ kind: "check-blocks", path: copy }, context)).toMatchObject({ settled: true });
  const file = await open(copy, "r+");
  const { size } = await file.stat();
  for (let at = 12_288 + 5_000; at < size; at += 262_144) await file.write(Buffer.from("damage"), 0, 6, at);
  await file.close();
  await expect(checkBlocks({ kind: "check-blocks", path: copy }, context)).rejects.toMatchObject({
    code: "snapshot_damaged",
    message: expect.not.stringContaining("Nothing was stored"),
  });
});
