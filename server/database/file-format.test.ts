import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { plainChecksum } from "./block-checksum";
import { HEADER_BYTES, NO_BLOCK, parseHeader, readHeader, snapshotLength } from "./file-format";

const folder = mkdtempSync(join(tmpdir(), "nestegg-format-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function makeFile(name: string, storageVersion: string, statements: string[] = []): Promise<string> {
  const path = join(folder, `${name}.duckdb`);
  const instance = await DuckDBInstance.create(path, { storage_compatibility_version: storageVersion });
  const connection = await instance.connect();
  for (const sql of statements) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return path;
}

const headerOf = (path: string) => readFileSync(path).subarray(0, HEADER_BYTES);

/** Changes one header of three and makes its checksum right again. */
function resealed(bytes: Uint8Array, header: 0 | 1 | 2, change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const part = copy.subarray(header * 4096, header * 4096 + 4096);
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  change(view);
  view.setBigUint64(0, plainChecksum(part.subarray(8)), true);
  return copy;
}

describe("file header", () => {
  it("tells every storage version that the engine can write by the engine's own name", async () => {
    for (const [asked, told] of [
      ["v0.10.2", "v1.0.0+"],
      ["v1.0.0", "v1.0.0+"],
      ["v1.1.0", "v1.0.0+"],
      ["v1.2.0", "v1.2.0"],
      ["v1.3.0", "v1.3.0"],
      ["v1.4.0", "v1.4.0"],
      ["v1.5.0", "v1.5.0"],
    ] as const) {
      const path = await makeFile(`version-${asked}`, asked, ["CREATE TABLE t AS SELECT 1 AS i"]);
      const header = parseHeader(headerOf(path));
      expect([asked, header.storageVersion]).toEqual([asked, told]);
      expect(header.engineVersion).toMatch(/^v1\.5\.\d+$/);
      expect(header.blockBytes).toBe(262_144);
    }
  });

  it("knows the newest storage version of the engine in use: an update of the engine must teach it here too", async () => {
    const path = await makeFile("latest", "latest", ["CREATE TABLE t AS SELECT 1 AS i"]);
    expect(parseHeader(headerOf(path)).storageVersion).toBe("v1.5.0");
  });

  it("follows the active one of the two database headers, checkpoint after checkpoint", async () => {
    const path = await makeFile("active", "v1.5.0");
    expect(parseHeader(headerOf(path))).toMatchObject({ iteration: 0n, freeList: NO_BLOCK, blockCount: 0 });
    const seen: bigint[] = [];
    for (let round = 0; round < 4; round++) {
      const instance = await DuckDBInstance.create(path);
      const connection = await instance.connect();
      await connection.run(`CREATE TABLE t${round} AS SELECT i FROM range(1000) r(i)`);
      await connection.run("CHECKPOINT");
      connection.closeSync();
      instance.closeSync();
      const header = parseHeader(headerOf(path));
      seen.push(header.iteration);
      expect(snapshotLength(header, statSync(path).size)).toBeLessThanOrEqual(statSync(path).size);
    }
    expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));
    expect(new Set(seen).size).toBe(4);
  });

  it("reads the block size of the file", async () => {
    const memory = await DuckDBInstance.create(":memory:");
    const connection = await memory.connect();
    const path = join(folder, "small-blocks.duckdb");
    await connection.run(`ATTACH '${path}' AS s (BLOCK_SIZE 16384)`);
    await connection.run("CREATE TABLE s.t AS SELECT i FROM range(100000) r(i)");
    await connection.run("DETACH s");
    connection.closeSync();
    memory.closeSync();
    const header = parseHeader(headerOf(path));
    expect(header.blockBytes).toBe(16_384);
    expect(snapshotLength(header, 1e12)).toBe(HEADER_BYTES + header.blockCount * 16_384);
  });

  it("cuts a snapshot at the header's count, or at the file's end when that comes first", async () => {
    const header = parseHeader(headerOf(await makeFile("length", "v1.5.0", ["CREATE TABLE t AS SELECT 1 AS i"])));
    const counted = HEADER_BYTES + header.blockCount * header.blockBytes;
    expect(snapshotLength(header, counted + 5)).toBe(counted);
    expect(snapshotLength(header, counted - 5)).toBe(counted - 5);
  });

  it("notices any flipped bit in the three headers", async () => {
    const bytes = headerOf(await makeFile("flips", "v1.5.0", ["CREATE TABLE t AS SELECT 1 AS i"]));
    fc.assert(
      fc.property(fc.nat(HEADER_BYTES * 8 - 1), (bit) => {
        const copy = Uint8Array.from(bytes);
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(readHeader(copy)).toHaveProperty("reason");
      }),
      { numRuns: 500 },
    );
  });

  it("says what is wrong with a file that it cannot use", async () => {
    const bytes = headerOf(await makeFile("wrong", "v1.5.0"));
    const reason = (input: Uint8Array) => {
      const result = readHeader(input);
      return "reason" in result ? result.reason : "fine";
    };
    expect(reason(new Uint8Array(0))).toBe("not-duckdb");
    expect(reason(Buffer.from("id,name\n1,Ada\n".repeat(2000)))).toBe("not-duckdb");
    expect(reason(bytes.subarray(0, 5000))).toBe("damaged");
    expect(reason(resealed(bytes, 0, (view) => view.setBigUint64(12, 69n, true)))).toBe("newer-engine");
    expect(reason(resealed(bytes, 2, (view) => view.setBigUint64(8 + 48, 8n, true)))).toBe("newer-engine");
    expect(reason(resealed(bytes, 0, (view) => view.setBigUint64(12, 51n, true)))).toBe("not-duckdb");
    expect(reason(resealed(bytes, 0, (view) => view.setBigUint64(20, 1n, true)))).toBe("not-duckdb");
    expect(reason(resealed(bytes, 2, (view) => view.setBigUint64(8 + 32, 12345n, true)))).toBe("damaged");
  });

  it("throws database_unusable for the wrong kind of file and snapshot_damaged for a broken one", async () => {
    const bytes = Uint8Array.from(headerOf(await makeFile("throws", "v1.5.0")));
    expect(() => parseHeader(new Uint8Array(20))).toThrow(expect.objectContaining({ code: "database_unusable" }));
    bytes[100] = 7;
    expect(() => parseHeader(bytes)).toThrow(expect.objectContaining({ code: "snapshot_damaged" }));
  });
});
