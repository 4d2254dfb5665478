import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { createBlockChecksum, plainChecksum } from "../../database/block-checksum";
import { HEADER_BYTES, NO_BLOCK } from "../../database/file-format";
import { seededRandom } from "../../storage/testing/seeded-random";

const ONE_HEADER_BYTES = 4_096;
const CHECKSUM_BYTES = 8;
/** Larger than any block, so that blocks can begin at many places of it. */
const NOISE_BYTES = 1024 * 1024;
/** Higher than the other header's, which stays as DuckDB wrote it. */
const FIRST_ITERATION = 1_000;

/** One state of a file: the same number is the same block, wherever it stands. */
export interface FileVersion {
  iteration: number;
  blocks: number[];
}

export type SyntheticFiles = (path: string, version: FileVersion) => Promise<Buffer>;

/**
 * Files that pass for DuckDB's as far as an upload looks: the header of a real one with other numbers in it, then blocks of noise
 * under a right checksum, none of them free. The engine could not open them, but any length and any edit can be had at once.
 */
export async function createSyntheticFiles({ blockBytes = 262_144 } = {}): Promise<SyntheticFiles> {
  const header = await realHeader();
  const noise = Buffer.alloc(NOISE_BYTES);
  const random = seededRandom(blockBytes);
  for (let at = 0; at < NOISE_BYTES; at += 4) noise.writeUInt32LE(Math.floor(random() * 0x1_0000_0000), at);
  const checksum = createBlockChecksum();

  function writeBlock(target: Buffer, name: number): void {
    const start = (name * 4_099) % (NOISE_BYTES - blockBytes);
    noise.copy(target, 0, start, start + blockBytes);
    target.writeBigUInt64LE(BigInt(name), CHECKSUM_BYTES);
    target.writeBigUInt64LE(checksum.of(target.subarray(CHECKSUM_BYTES)), 0);
  }

  return async (path, { iteration, blocks }) => {
    const file = Buffer.alloc(HEADER_BYTES + blocks.length * blockBytes);
    header.copy(file);
    const active = file.subarray(ONE_HEADER_BYTES, 2 * ONE_HEADER_BYTES);
    const fields = [FIRST_ITERATION + iteration, null, NO_BLOCK, blocks.length, blockBytes];
    for (const [index, value] of fields.entries())
      if (value !== null) active.writeBigUInt64LE(BigInt(value), CHECKSUM_BYTES + index * 8);
    active.writeBigUInt64LE(plainChecksum(active.subarray(CHECKSUM_BYTES)), 0);
    for (const [index, name] of blocks.entries()) {
      const start = HEADER_BYTES + index * blockBytes;
      writeBlock(file.subarray(start, start + blockBytes), name);
    }
    await writeFile(path, file);
    return file;
  };
}

async function realHeader(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-header-"));
  try {
    const path = join(folder, "small.duckdb");
    const instance = await DuckDBInstance.create(path);
    const connection = await instance.connect();
    await connection.run("CREATE TABLE t (id INTEGER)");
    await connection.run("CHECKPOINT");
    connection.closeSync();
    instance.closeSync();
    return (await readFile(path)).subarray(0, HEADER_BYTES);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
