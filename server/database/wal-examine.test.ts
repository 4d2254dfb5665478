import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crashedCopy, startWriter, valuesOf } from "./crash-fixture";
import { examineWal } from "./wal-examine";

const folder = mkdtempSync(join(tmpdir(), "nestegg-wal-"));
const base = join(folder, "base.duckdb");
afterAll(() => rmSync(folder, { recursive: true }));

/** Each insert is one transaction of its own; together a few kilobytes. */
const INSERTS = 40;
let wal: Buffer;
/** Where each transaction ends. */
const ends: number[] = [];

beforeAll(async () => {
  await crashedCopy(base, [
    "CREATE TABLE t (i INT, text VARCHAR)",
    "CHECKPOINT",
    ...Array.from({ length: INSERTS }, (_, i) => `INSERT INTO t VALUES (${i}, 'row ${i}')`),
  ]);
  wal = readFileSync(`${base}.wal`);
  // A commit mark is an entry whose body has five bytes.
  for (let at = 0; at < wal.length - 20; at++) {
    if (wal.readBigUInt64LE(at) === 5n && wal.subarray(at + 16, at + 21).equals(Buffer.from([100, 0, 100, 255, 255]))) {
      ends.push(at + 21);
    }
  }
});

async function examineBytes(bytes: Uint8Array) {
  const path = join(folder, "probe.wal");
  writeFileSync(path, bytes);
  return examineWal(path);
}

describe("examining a WAL", () => {
  it("counts what was committed, to the last byte", async () => {
    expect(ends).toHaveLength(INSERTS);
    expect(await examineWal(`${base}.wal`)).toMatchObject({
      bytes: wal.length,
      commits: INSERTS,
      goodEnd: wal.length,
      tail: "clean",
      checkpointBegun: false,
      namesBlocks: false,
      catalogChanges: [],
      header: { version: 2, databaseId: expect.stringMatching(/^[0-9a-f]{32}$/), checkpointIteration: 1 },
    });
  });

  it("takes a missing and an empty file as a log without commits", async () => {
    expect(await examineWal(join(folder, "none.wal"))).toMatchObject({ bytes: 0, commits: 0, tail: "clean" });
    expect(await examineBytes(new Uint8Array(0))).toMatchObject({ bytes: 0, commits: 0, tail: "clean" });
  });

  it("finds the end of the last whole transaction wherever the log is cut", async () => {
    for (let cut = 1; cut < wal.length; cut += 23) {
      const whole = ends.filter((end) => end <= cut);
      const report = await examineBytes(wal.subarray(0, cut));
      expect([cut, report.commits, report.goodEnd]).toEqual([cut, whole.length, whole.at(-1) ?? 0]);
      expect([cut, report.tail]).toEqual([cut, whole.at(-1) === cut ? "clean" : "torn"]);
    }
  });

  it("agrees with DuckDB on what a cut log holds", async () => {
    for (const cut of [60, 500, 1234, wal.length - 30, wal.length - 1]) {
      const path = join(folder, `cut-${cut}.duckdb`);
      copyFileSync(base, path);
      writeFileSync(`${path}.wal`, wal.subarray(0, cut));
      const { commits } = await examineWal(`${path}.wal`);
      expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([[String(commits)]]);
    }
  });

  it("calls a flipped bit damage when whole entries follow, never less than what is proven before it", async () => {
    const lastStart = ends.at(-2) ?? 0;
    for (let bit = 0; bit < lastStart * 8; bit += 307) {
      const bytes = Buffer.from(wal);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const report = await examineBytes(bytes);
      // The header carries no checksum: a flip there may pass here, and DuckDB compares it with the file.
      if (bit >> 3 < 45) continue;
      expect([bit, report.tail]).toEqual([bit, "damaged"]);
      expect(report.goodEnd).toBe(ends.filter((end) => end <= bit >> 3).at(-1) ?? 0);
    }
  });

  it("takes a broken last transaction as torn, and zeros as zeros", async () => {
    const bytes = Buffer.from(wal);
    bytes[wal.length - 60] = (bytes[wal.length - 60] ?? 0) ^ 1;
    const brokenLast = await examineBytes(bytes);
    expect(brokenLast.goodEnd).toBeLessThan(wal.length);
    for (const zeros of [1, 15, 16, 4096]) {
      expect(await examineBytes(Buffer.concat([wal, Buffer.alloc(zeros)]))).toMatchObject({
        commits: INSERTS,
        goodEnd: wal.length,
        tail: "zeros",
      });
    }
    expect(await examineBytes(Buffer.alloc(5000))).toMatchObject({ commits: 0, goodEnd: 0, tail: "zeros" });
  });

  it("never lets something that is no log pass for a torn one", async () => {
    expect(await examineBytes(Buffer.from("this is not a log ".repeat(100)))).toMatchObject({ tail: "damaged" });
    expect(await examineBytes(Buffer.concat([Buffer.alloc(100), wal]))).toMatchObject({ tail: "damaged" });
  });

  it("names the tables that were created, altered and dropped, in order, and only of committed transactions", async () => {
    const path = join(folder, "ddl.duckdb");
    await crashedCopy(path, [
      "CREATE TABLE t (i INT)",
      "CREATE SCHEMA app",
      "CHECKPOINT",
      `CREATE TABLE app."odd ""name" (i INT, d DOUBLE)`,
      `INSERT INTO app."odd ""name" VALUES (1, 2)`,
      `ALTER TABLE app."odd ""name" ADD COLUMN x DOUBLE DEFAULT random()`,
      "ALTER TABLE t RENAME TO u",
      "CREATE VIEW v AS SELECT 1 AS one",
      "CREATE INDEX idx ON u (i)",
      "CREATE SEQUENCE s",
      "CREATE SCHEMA other",
      "CREATE MACRO m(a) AS a + 1",
      "DROP VIEW v",
      "BEGIN",
      "ALTER TABLE u ADD COLUMN never INT",
      "ROLLBACK",
    ]);
    const { catalogChanges } = await examineWal(`${path}.wal`);
    const told = catalogChanges.map(({ kind, schema, name }) => [kind, schema, name]);
    for (const expected of [
      ["create table", "app", `odd "name`],
      ["alter", "app", `odd "name`],
      ["alter", "main", "t"],
      ["create view", "main", "v"],
      ["create sequence", "main", "s"],
      ["create schema", "other", ""],
      ["create macro", "main", "m"],
      ["drop view", "main", "v"],
    ]) {
      expect(told).toContainEqual(expected);
    }
    // An index depends on its table, and the fields of a dependency are not read: its name stays empty.
    expect(told).toContainEqual(["create index", "main", ""]);
    expect(told).not.toContainEqual(["alter", "main", "u"]);
  });

  it("sees bulk inserts, and works without a database id in the log of the default storage version", async () => {
    const path = join(folder, "bulk.duckdb");
    await crashedCopy(
      path,
      ["CREATE TABLE t (i BIGINT)", "CHECKPOINT", "INSERT INTO t SELECT i FROM range(300000) r(i)"],
      { storageVersion: "v1.0.0" },
    );
    expect(await examineWal(`${path}.wal`)).toMatchObject({
      commits: 1,
      namesBlocks: true,
      tail: "clean",
      header: { databaseId: null, checkpointIteration: null },
    });
  });

  it("finds every confirmed commit in the log of a killed process", async () => {
    const path = join(folder, "killed.duckdb");
    const writer = await startWriter(path, ["CREATE TABLE t (i INT)", "CHECKPOINT"], "INSERT INTO t VALUES (:n)");
    await writer.reaches(200);
    await writer.kill();
    const report = await examineWal(`${path}.wal`);
    expect(report.commits).toBeGreaterThanOrEqual(writer.acknowledged());
    expect(["clean", "torn"]).toContain(report.tail);
    expect(await valuesOf(path, "SELECT count(*) FROM t")).toEqual([[String(report.commits)]]);
  });
});
