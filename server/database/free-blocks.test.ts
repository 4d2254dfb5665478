import { copyFileSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBlockChecksum } from "./block-checksum";
import { type FileHeader, HEADER_BYTES, parseHeader } from "./file-format";
import { readFreeBlocks } from "./free-blocks";
import { inspectFile } from "./inspect";

const folder = mkdtempSync(join(tmpdir(), "nestegg-free-"));
const path = join(folder, "holes.duckdb");
afterAll(() => rmSync(folder, { recursive: true }));

async function build(file: string, statements: string[], storageVersion = "v1.5.0"): Promise<void> {
  const instance = await DuckDBInstance.create(file, {
    checkpoint_threshold: "1TB",
    storage_compatibility_version: storageVersion,
  });
  const connection = await instance.connect();
  for (const sql of statements) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

const headerOf = (file: string) => parseHeader(readFileSync(file).subarray(0, HEADER_BYTES));
const reading = (file: string) => async (offset: number, length: number) =>
  readFileSync(file).subarray(offset, offset + length);

/** What the engine itself counts; `PRAGMA database_size` names no ids. */
async function engineCounts(file: string): Promise<{ total: number; free: number }> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll("SELECT total_blocks, free_blocks FROM pragma_database_size()");
  const [total, free] = rows.getRows()[0] ?? [];
  connection.closeSync();
  instance.closeSync();
  return { total: Number(total), free: Number(free) };
}

function withFlippedByte(file: string, name: string, header: FileHeader, blocks: number[]): string {
  const copy = join(folder, name);
  copyFileSync(file, copy);
  const bytes = readFileSync(copy);
  for (const block of blocks) {
    const at = HEADER_BYTES + block * header.blockBytes + 1000;
    bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  }
  writeFileSync(copy, bytes);
  return copy;
}

describe("free blocks", () => {
  let header: FileHeader;
  let free: Set<number>;
  beforeAll(async () => {
    await build(path, [
      "CREATE TABLE kept AS SELECT i, md5(i::VARCHAR) AS text FROM range(150000) r(i)",
      "CREATE TABLE dropped AS SELECT i, md5((i * 7)::VARCHAR) AS text FROM range(300000) r(i)",
      "CREATE TABLE thinned AS SELECT i, md5((i * 3)::VARCHAR) AS text FROM range(200000) r(i)",
      "CHECKPOINT",
      "DROP TABLE dropped",
      "DELETE FROM thinned WHERE i % 5 < 3",
      "CHECKPOINT",
      "CREATE TABLE late AS SELECT i FROM range(300000) r(i)",
      "CHECKPOINT",
    ]);
    header = headerOf(path);
    free = await readFreeBlocks(reading(path), header);
  });

  it("are as many as the engine counts", async () => {
    expect(free.size).toBeGreaterThan(10);
    expect(await engineCounts(path)).toEqual({ total: header.blockCount, free: free.size });
  });

  it("may hold anything: the file opens and every row reads", async () => {
    const copy = withFlippedByte(path, "free-flipped.duckdb", header, [...free]);
    const { tables } = await inspectFile(copy);
    expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
      ["kept", 150000],
      ["late", 300000],
      ["thinned", 80000],
    ]);
  });

  it("are the only blocks that may be wrong: every used one is intact, and damage in one makes the copy unreadable", async () => {
    const checksum = createBlockChecksum();
    const used = [...Array(header.blockCount).keys()].filter((block) => !free.has(block));
    const bytes = readFileSync(path);
    const at = (block: number) => HEADER_BYTES + block * header.blockBytes;
    for (const block of used) {
      expect([block, checksum.isIntact(bytes.subarray(at(block), at(block) + header.blockBytes))]).toEqual([
        block,
        true,
      ]);
    }
    // A few spread over the file: each costs a copy and a whole scan.
    for (const block of used.filter((_, index) => index % Math.ceil(used.length / 6) === 0)) {
      const copy = withFlippedByte(path, `used-${block}.duckdb`, header, [block]);
      await expect(inspectFile(copy)).rejects.toMatchObject({ code: "snapshot_damaged" });
      rmSync(copy);
    }
  });

  it("include those that the header counts beyond the file's end", async () => {
    const file = join(folder, "rolled-back.duckdb");
    await build(file, [
      "CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS text FROM range(200000) r(i)",
      "CHECKPOINT",
      "BEGIN",
      "INSERT INTO t SELECT i, md5(i::VARCHAR) FROM range(800000) r(i)",
      "ROLLBACK",
      "INSERT INTO t VALUES (1, 'one')",
      "CHECKPOINT",
    ]);
    const found = headerOf(file);
    const blocks = await readFreeBlocks(reading(file), found);
    const inFile = Math.floor((statSync(file).size - HEADER_BYTES) / found.blockBytes);
    expect(inFile).toBeLessThan(found.blockCount);
    for (let block = inFile; block < found.blockCount; block++) expect(blocks.has(block)).toBe(true);
  });

  it("are read from a list that spans several pieces, in every storage version and block size", async () => {
    for (const storageVersion of ["v1.0.0", "v1.5.0"]) {
      const file = join(folder, `long-list-${storageVersion}.duckdb`);
      const memory = await DuckDBInstance.create(":memory:", { checkpoint_threshold: "1TB" });
      const connection = await memory.connect();
      await connection.run(`ATTACH '${file}' AS s (BLOCK_SIZE 16384, STORAGE_VERSION '${storageVersion}')`);
      await connection.run("CREATE TABLE s.a AS SELECT i, md5(i::VARCHAR) AS text FROM range(250000) r(i)");
      await connection.run("CREATE TABLE s.b AS SELECT i FROM range(1000) r(i)");
      await connection.run("CHECKPOINT s");
      await connection.run("DROP TABLE s.a");
      await connection.run("CHECKPOINT s");
      // The list of a file whose end is free is cut by the next checkpoint: read it as it stands now.
      const fd = openSync(file, "r");
      const read = async (offset: number, length: number) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
      };
      const found = parseHeader(await read(0, HEADER_BYTES));
      const blocks = await readFreeBlocks(read, found);
      // A piece of 248 bytes holds 30 ids.
      expect(blocks.size).toBeGreaterThan(300);
      connection.closeSync();
      memory.closeSync();
    }
  });

  it("are refused when the list itself is damaged", async () => {
    const listBlock = Number(BigInt.asUintN(56, header.freeList));
    const copy = withFlippedByte(path, "list.duckdb", header, [listBlock]);
    await expect(readFreeBlocks(reading(copy), header)).rejects.toMatchObject({ code: "snapshot_damaged" });
    await expect(readFreeBlocks(reading(path), { ...header, freeList: 1n << 70n })).rejects.toThrow();
    await expect(readFreeBlocks(async () => new Uint8Array(0), header)).rejects.toMatchObject({
      code: "snapshot_damaged",
    });
  });
});
