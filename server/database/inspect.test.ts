import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { plainChecksum } from "./block-checksum";
import { HEADER_BYTES } from "./file-format";
import { inspectFile } from "./inspect";
import { machineTrouble } from "./machine-trouble";
import type { TableContents } from "./table-contents";

const folder = mkdtempSync(join(tmpdir(), "nestegg-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function build(name: string, statements: string[]): Promise<string> {
  const path = join(folder, name);
  const instance = await DuckDBInstance.create(path, { storage_compatibility_version: "v1.5.0" });
  const connection = await instance.connect();
  for (const sql of statements) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return path;
}

describe("inspecting a copy", () => {
  it("reads every table of every schema, odd names and nested types included", async () => {
    const path = await build("kinds.duckdb", [
      `CREATE SCHEMA "We ird.""x"""`,
      "CREATE TYPE mood AS ENUM ('calm', 'busy')",
      `CREATE TABLE "We ird.""x"""."sel""ect; --" ("a b" INT, "q""uote" VARCHAR, "order" DATE)`,
      `INSERT INTO "We ird.""x"""."sel""ect; --" VALUES (1, 'x', DATE '2024-12-30'), (2, NULL, NULL)`,
      `CREATE TABLE nested AS SELECT i, [i, NULL] AS l, {'a': i, 'b': ['x']} AS s, MAP {'k': i} AS m,
        [1, 2, 3]::INT[3] AS arr, 'calm'::mood AS e, uuid() AS u, '\\xAA'::BLOB AS b, INTERVAL 3 DAYS AS iv,
        '101'::BIT AS bits, 1.25::DECIMAL(18, 3) AS d, 170141183460469231731687303715884105727::HUGEINT AS h,
        now() AS ts, TIME '12:00' AS t, '{"a":1}'::JSON AS j, union_value(num := 2) AS un, NULL AS nothing
        FROM range(3000) r(i)`,
      "CREATE TABLE empty (i INT)",
      "CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT REFERENCES parent(id))",
      "INSERT INTO parent VALUES (1), (2)",
      "INSERT INTO child VALUES (1)",
    ]);
    const inspection = await inspectFile(path);
    expect(inspection).toMatchObject({
      engineVersion: expect.stringMatching(/^v1\.5\./),
      storageVersion: "v1.5.0+",
    });
    expect(inspection.tables[0]?.columns).toEqual([
      { name: "a b", type: "INTEGER" },
      { name: `q"uote`, type: "VARCHAR" },
      { name: "order", type: "DATE" },
    ]);
    expect(inspection.tables.map(rowsOf)).toEqual([
      { schema: `We ird."x"`, name: `sel"ect; --`, rows: 2 },
      { schema: "main", name: "child", rows: 1 },
      { schema: "main", name: "empty", rows: 0 },
      { schema: "main", name: "nested", rows: 3000 },
      { schema: "main", name: "parent", rows: 2 },
    ]);
  });

  it("reads a schema that has the same name as the file", async () => {
    const path = await build("twin.duckdb", ["CREATE SCHEMA twin", "CREATE TABLE twin.twin.twin AS SELECT 1 AS i"]);
    expect((await inspectFile(path)).tables.map(rowsOf)).toEqual([{ schema: "twin", name: "twin", rows: 1 }]);
  });

  it("gives equal digests for equal rows in any order, and another for one changed value or one doubled row", async () => {
    const digest = async (name: string, rows: string) => {
      const path = await build(name, ["CREATE TABLE t (id INT, text VARCHAR)", `INSERT INTO t VALUES ${rows}`]);
      return (await inspectFile(path)).tables[0]?.digest;
    };
    const first = await digest("d1.duckdb", "(1, 'a'), (2, 'b'), (3, NULL)");
    expect(await digest("d2.duckdb", "(3, NULL), (1, 'a'), (2, 'b')")).toBe(first);
    expect(await digest("d3.duckdb", "(1, 'a'), (2, 'c'), (3, NULL)")).not.toBe(first);
    expect(await digest("d4.duckdb", "(1, 'a'), (2, 'b'), (3, NULL), (4, 'x'), (4, 'x')")).not.toBe(first);
  });

  it("does not count a view or a computed column that fails as damage", async () => {
    const path = await build("computed.duckdb", [
      `CREATE TABLE t (a VARCHAR DEFAULT 'a', "n ""b" INT GENERATED ALWAYS AS (a::INT))`,
      "INSERT INTO t (a) VALUES ('12')",
      "CREATE VIEW broken AS SELECT a::INT AS i FROM t",
      "UPDATE t SET a = 'not a number'",
    ]);
    const { tables } = await inspectFile(path);
    expect(tables.map(rowsOf)).toEqual([{ schema: "main", name: "t", rows: 1 }]);
    expect(tables[0]?.columns).toEqual([
      { name: "a", type: "VARCHAR" },
      { name: `n "b`, type: "INTEGER" },
    ]);
  });

  it("names the table whose data is damaged, although counting its rows would not notice", async () => {
    const path = await build("damaged.duckdb", [
      `CREATE TABLE "sound" AS SELECT 1 AS i`,
      "CREATE TABLE hurt AS SELECT i, md5(i::VARCHAR) AS text FROM range(400000) r(i)",
    ]);
    const bytes = readFileSync(path);
    for (let at = HEADER_BYTES + 5000; at < bytes.length - 3 * 262_144; at += 262_144) bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(inspectFile(path)).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: expect.stringMatching(/^Table "main"\."hurt" cannot be read: .*[^\n]$/),
    });
  });

  it("changes no byte, leaves no file behind and lets go of the copy", async () => {
    const path = await build("untouched.duckdb", ["CREATE TABLE t AS SELECT i FROM range(10) r(i)"]);
    const before = readFileSync(path);
    await inspectFile(path);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("calls nothing damaged that the machine or the age of the engine is to blame for", async () => {
    const path = await build("sound.duckdb", ["CREATE TABLE t AS SELECT i FROM range(10) r(i)"]);
    const link = join(folder, "link.duckdb");
    symlinkSync(path, link);
    await expect(inspectFile(link)).rejects.toMatchObject({ code: "internal" });
    const bytes = readFileSync(path);
    rmSync(path);
    await expect(inspectFile(path)).rejects.toMatchObject({ code: "internal" });
    bytes.writeBigUInt64LE(69n, 12);
    bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
    writeFileSync(path, bytes);
    await expect(inspectFile(path)).rejects.toMatchObject({ code: "database_unusable" });
    const said = (words: string) => machineTrouble("It stopped", new Error(words))?.code ?? null;
    expect(said('IO Error: Cannot open file "x.duckdb": Too many open files')).toBe("internal");
    expect(said("Out of Memory Error: failed to allocate data of size 1.0 GiB (2.0 GiB/2.0 GiB used)")).toBe(
      "internal",
    );
    expect(said('IO Error: Could not write file "x.tmp": No space left on device')).toBe("disk_full");
    expect(said("IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2")).toBeNull();
  });

  it("stops when it is told to", async () => {
    const path = await build("stopped.duckdb", ["CREATE TABLE t AS SELECT i FROM range(10) r(i)"]);
    await expect(inspectFile(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });
});

function rowsOf({ schema, name, rows }: TableContents) {
  return { schema, name, rows };
}
