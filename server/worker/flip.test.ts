import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../storage/testing/seeded-random";
import { type FlipEnd, flipByte, type LiveFile, makeFlipBench, sha256 } from "../testing/flipped-backup";
import { ADMIN, startRuntime } from "../testing/runtime-fixture";

/** `npm run soak` flips 500. */
const FLIPS = 24;
const HEADER_BYTES = 12_288;

test(`each of ${FLIPS} random flipped bytes is found with its part named, and no restore ends in a damaged database`, async () => {
  const bench = await makeFlipBench();
  try {
    const random = seededRandom(20241230);
    const ends: FlipEnd[] = [];
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const live: LiveFile = flip % 3 === 0 ? "foreign" : "changed";
      // Chance alone would hardly ever choose one of the three headers.
      const at = Math.floor(random() * (flip % 6 === 0 ? HEADER_BYTES : bench.bytes));
      ends.push(await bench.flip({ at, mask: 1 + Math.floor(random() * 255) }, live));
    }
    // Else the sample would say nothing about one of the two ways in which a restore may end.
    expect(new Set(ends.map(({ restore }) => restore)).size).toBe(2);
    expect(new Set(ends.map(({ part }) => part)).size).toBeGreaterThan(bench.partCount / 2);
  } finally {
    await bench.remove();
  }
}, 240_000);

test("a server restores a damaged backup out of the live file's own parts, refuses it when they are gone, and a passed verification clears it", async () => {
  const server = await startRuntime();
  try {
    await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
    const { id, bytes } = await server.backUp({ verify: true });
    const object = join(server.folder, "bucket", "backups", id);
    const state = async () => (await server.nestegg.backups.get(id)).state;
    const restore = async () => {
      const { operationId } = await server.nestegg.restores.start(ADMIN, { id, withoutSafetyBackup: true });
      return server.nestegg.operations.wait(operationId);
    };
    const verify = async () => {
      const { operationId } = await server.nestegg.backups.verify(ADMIN, { id });
      return server.nestegg.operations.wait(operationId);
    };
    const flip = { at: Math.floor(bytes / 2), mask: 0x20 };
    // Not checkpointed: the file still is the backup's, the change is in the log.
    await server.sql("DELETE FROM orders WHERE id < 1000");
    await flipByte(object, flip);
    expect(await restore()).toMatchObject({ state: "ok", detail: { fetchedBytes: 0 } });
    expect(await server.sql("SELECT count(*)::INTEGER, sum(id)::VARCHAR FROM orders")).toEqual([
      [300_000, "44999850000"],
    ]);

    await server.sql("DROP TABLE orders");
    await server.sql("CREATE TABLE other AS SELECT range AS id, sha256(range::VARCHAR) AS text FROM range(200000)");
    // Its checkpoint writes all of it into the file.
    await server.backUp();
    await server.settled();
    const before = await sha256(server.settings.databasePath);
    expect(await restore()).toMatchObject({
      state: "failed",
      error: { code: "backup_damaged", message: expect.stringMatching(/^Part \d+ of \d+ /) },
    });
    expect(await sha256(server.settings.databasePath)).toBe(before);
    expect(await server.sql("SELECT count(*)::INTEGER FROM other")).toEqual([[200_000]]);
    expect(await state()).toBe("failed");
    await expect(restore()).rejects.toMatchObject({ code: "backup_damaged" });

    await flipByte(object, flip);
    expect(await verify()).toMatchObject({ state: "ok" });
    expect(await state()).toBe("verified");
    expect(await restore()).toMatchObject({ state: "ok" });
    expect(await server.sql("SELECT count(*)::INTEGER FROM orders")).toEqual([[300_000]]);
    await server.settled();
    await server.stop();
  } finally {
    await server.remove();
  }
}, 240_000);
