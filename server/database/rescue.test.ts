import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOf, crashedCopy, valuesOf } from "./crash-fixture";
import { HEADER_BYTES } from "./file-format";
import { rescueFile } from "./rescue";
import { examineWal } from "./wal-examine";

let folder: string;
let path: string;
let scratchFolder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nestegg-rescue-"));
  path = join(folder, "app.duckdb");
  scratchFolder = join(folder, "app.duckdb.rescue");
  await crashedCopy(path, [
    "CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS text FROM range(150000) r(i)",
    "CREATE SCHEMA shop",
    "CHECKPOINT",
    "ALTER TABLE t ADD COLUMN x DOUBLE DEFAULT random()",
    // More than a row group: its data is in blocks of the main file that only the log names.
    "CREATE TABLE shop.bulk AS SELECT i FROM range(200000) r(i)",
    "CREATE VIEW shop.v AS SELECT count(*) AS n FROM t",
    "INSERT INTO t VALUES (1, 'last', 2)",
  ]);
  for (const name of [`${path}.source`, `${path}.source.wal`]) rmSync(name, { force: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("rescuing on copies", () => {
  it("gives a whole file without a log, with every transaction, and leaves the originals alone", async () => {
    const stood = bytesOf(folder);
    const report = await rescueFile({ databasePath: path, scratchFolder, walEnd: null });
    expect(report).toMatchObject({
      rescuedPath: join(scratchFolder, "app.duckdb"),
      bytes: statSync(report.rescuedPath).size,
      inspection: {
        tables: [
          { schema: "main", name: "t", rows: 150001 },
          { schema: "shop", name: "bulk", rows: 200000 },
        ],
      },
    });
    expect(existsSync(`${report.rescuedPath}.wal`)).toBe(false);
    expect(await valuesOf(report.rescuedPath, "SELECT n, (SELECT count(x) FROM t) FROM shop.v")).toEqual([
      ["150001", "150001"],
    ]);
    rmSync(scratchFolder, { recursive: true });
    expect(bytesOf(folder)).toEqual(stood);
  });

  it("takes only the transactions before the given end of the log", async () => {
    const { goodEnd } = await examineWal(`${path}.wal`);
    const report = await rescueFile({ databasePath: path, scratchFolder, walEnd: goodEnd - 1 });
    expect(report.inspection.tables).toContainEqual(
      expect.objectContaining({ schema: "main", name: "t", rows: 150000 }),
    );
  });

  it("fails, naming the table, when a block that is in use is damaged", async () => {
    const bytes = readFileSync(path);
    // The first block holds data of the first table.
    bytes[HEADER_BYTES + 4000] = (bytes[HEADER_BYTES + 4000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const stood = bytesOf(folder);
    await expect(rescueFile({ databasePath: path, scratchFolder, walEnd: null })).rejects.toThrow(
      /Corrupt|"main"\."t"/,
    );
    rmSync(scratchFolder, { recursive: true });
    expect(bytesOf(folder)).toEqual(stood);
  });
});
