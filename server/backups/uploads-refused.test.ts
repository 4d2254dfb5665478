import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plainChecksum } from "../database/block-checksum";
import { bring, makeDatabase } from "../testing/brought-database";
import { uploadsOfTests } from "./testing/brought-uploads";

/** The machine may be busy; a test that waits for nothing never needs it. */
const PATIENCE = { timeout: 20_000 };
const t = uploadsOfTests();

function flipped(position: number): Buffer {
  const bytes = Buffer.from(t.database);
  bytes[position] = (bytes[position] ?? 0) ^ 0x40;
  return bytes;
}

function ofNewerEngine(): Buffer {
  const bytes = Buffer.from(t.database);
  bytes.writeBigUInt64LE(69n, 12);
  bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
  return bytes;
}

const BLOCK_BYTES = 262_144;
const refusals: [string, () => Buffer, { code: string; message: RegExp }][] = [
  ["is no DuckDB database", () => Buffer.alloc(50_000, "letter"), { code: "invalid_input", message: /not a DuckDB/ }],
  ["was written by a newer engine", ofNewerEngine, { code: "invalid_input", message: /newer DuckDB \(format 69\)/ }],
  ["has a damaged header", () => flipped(5_000), { code: "backup_damaged", message: /header/ }],
  [
    "has a damaged block",
    () => flipped(12_288 + 20 * BLOCK_BYTES + 999),
    { code: "backup_damaged", message: /Block 20/ },
  ],
  [
    "was cut short between two blocks",
    () => t.database.subarray(0, 12_288 + 30 * BLOCK_BYTES),
    { code: "backup_damaged", message: /cut short|checksum of block|free blocks/ },
  ],
  ["was cut short in a block", () => t.database.subarray(0, 9_000_000), { code: "backup_damaged", message: /./ }],
];

test.each(refusals)(
  "a file that %s is refused with the reason, its bytes go, and nothing is stored",
  async (_, make, reason) => {
    const upload = await bring(t.uploads(), make());
    const ended = await t.finish(upload.id);
    expect(ended.state).toBe("failed");
    expect(ended.error?.code).toBe(reason.code);
    expect(ended.error?.message).toMatch(reason.message);
    expect(ended.error?.message).toContain("was not registered");
    expect(ended.error?.hint).not.toContain("DATABASE_PATH");
    expect(await t.backupKeys()).toEqual([]);
    await expect.poll(t.filesHere, PATIENCE).toEqual([]);
    await expect(t.uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  },
  60_000,
);

test("a file that was cut short where only an index lay is refused, though every row reads", async () => {
  const bytes = await makeDatabase(join(t.folder, "indexed.duckdb"), 100_000, "CREATE INDEX by_name ON members (name)");
  const upload = await bring(t.uploads(), bytes.subarray(0, bytes.length - BLOCK_BYTES));
  const ended = await t.finish(upload.id);
  expect(ended.error?.code).toBe("backup_damaged");
  expect(ended.error?.message).toContain("cut short");
}, 60_000);

test("a size that no DuckDB database has is refused at once", async () => {
  await expect(t.begin(12_000)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(t.begin(Number.NaN)).rejects.toMatchObject({ code: "invalid_input" });
});

test("what was committed into a write-ahead log alone is never left out of a backup without a word", async () => {
  const upload = await bring(t.uploads(), t.database);
  const [path = ""] = await t.filesHere();
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run("PRAGMA disable_checkpoint_on_shutdown");
  await connection.run("INSERT INTO notes VALUES (2, 'late')");
  connection.closeSync();
  instance.closeSync();
  expect((await stat(`${path}.wal`)).size).toBeGreaterThan(0);
  const ended = await t.finish(upload.id);
  expect(ended).toMatchObject({ state: "failed", error: { code: "conflict" } });
  expect(ended.error?.message).toContain("write-ahead log");
  expect(await t.backupKeys()).toEqual([]);
}, 60_000);
