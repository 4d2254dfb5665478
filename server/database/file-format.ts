import { createHash } from "node:crypto";
import { AppError } from "../errors";
import { plainChecksum, storedChecksum } from "./block-checksum";

/** Main header and two database headers of 4 KiB each; blocks start behind them. */
export const HEADER_BYTES = 12_288;
const ONE_HEADER_BYTES = 4_096;
const CHECKSUM_BYTES = 8;
/** Stands where a block pointer would, and means that there is none. */
export const NO_BLOCK = 0xffff_ffff_ffff_ffffn;

// Offsets in the main header, its checksum included.
const MAGIC_AT = 8;
const FORMAT_VERSION_AT = 12;
const FLAGS_AT = 20;
const ENGINE_VERSION_AT = 52;
const ENGINE_VERSION_BYTES = 32;
const DATABASE_ID_AT = 124;
const DATABASE_ID_BYTES = 16;
const ENCRYPTED_FLAG = 1n;

/** What DuckDB 1.5 reads: the main header's version, and the serialization version in the database header. */
const OLDEST_FORMAT = 64;
const NEWEST_FORMAT = 68;
const NEWEST_SERIALIZATION = 7;
/** Files of format 64 carry no serialization version: DuckDB counts them as 1. */
const UNVERSIONED_FORMAT = 64;
const DEFAULT_BLOCK_BYTES = 262_144;
const SMALLEST_BLOCK_BYTES = 16_384;

/** DuckDB's own names. Below 4 it writes one format that everything since 1.0.0 reads. */
const STORAGE_VERSIONS: Record<number, string> = {
  1: "v1.0.0+",
  2: "v1.0.0+",
  3: "v1.0.0+",
  4: "v1.2.0",
  5: "v1.3.0",
  6: "v1.4.0",
  7: "v1.5.0",
};

export interface FileHeader {
  /** Grows by one with every checkpoint that wrote something. */
  iteration: bigint;
  metaBlock: bigint;
  /** Where the list of free blocks starts, or NO_BLOCK. */
  freeList: bigint;
  /** May be larger than what the file holds: what is missing is in the free list. */
  blockCount: number;
  blockBytes: number;
  serializationVersion: number;
  /** "v1.0.0+", "v1.2.0" … "v1.5.0". */
  storageVersion: string;
  /** The engine that created the file, as it wrote itself into the main header; null when it did not. */
  engineVersion: string | null;
  /** 32 hexadecimal digits; all zero in files of the default storage version. */
  databaseId: string;
  /** Of the 12,288 bytes. */
  sha256: string;
}

export type HeaderFault = { reason: "not-duckdb" | "newer-engine" | "damaged"; message: string; hint: string };

/** Throws `database_unusable` (not DuckDB, too new, encrypted) or `snapshot_damaged` (a checksum that does not match). */
export function parseHeader(bytes: Uint8Array): FileHeader {
  const result = readHeader(bytes);
  if (!("reason" in result)) return result;
  throw new AppError(result.reason === "damaged" ? "snapshot_damaged" : "database_unusable", result.message, {
    hint: result.hint,
  });
}

/** The same without throwing, for those who must tell the reasons apart. */
export function readHeader(bytes: Uint8Array): FileHeader | HeaderFault {
  if (bytes.length < MAGIC_AT + 4 || Buffer.from(bytes.subarray(MAGIC_AT, MAGIC_AT + 4)).toString() !== "DUCK") {
    return notDuckDb(bytes);
  }
  if (bytes.length < HEADER_BYTES) {
    return damaged(`it ends after ${bytes.length} bytes, inside its own headers`);
  }
  const main = oneHeader(bytes, 0);
  if (!isSound(main)) return damaged("the checksum of its main header does not match");
  const format = Number(word(main, FORMAT_VERSION_AT));
  if (format > NEWEST_FORMAT) return newerEngine(`format ${format}`);
  if (format < OLDEST_FORMAT) return tooOld(format);
  if ((word(main, FLAGS_AT) & ENCRYPTED_FLAG) !== 0n) return encrypted();
  const first = oneHeader(bytes, ONE_HEADER_BYTES);
  const second = oneHeader(bytes, 2 * ONE_HEADER_BYTES);
  // The engine checks both and refuses the file when either is wrong, so this does too.
  if (!isSound(first) || !isSound(second)) return damaged("the checksum of a database header does not match");
  const active = word(first, CHECKSUM_BYTES) > word(second, CHECKSUM_BYTES) ? first : second;
  return activeHeader(bytes, main, active, format);
}

/** The length of a snapshot: what the header counts, or the file when it is shorter. Longer means appended since. */
export function snapshotLength(header: FileHeader, fileBytes: number): number {
  return Math.min(fileBytes, HEADER_BYTES + header.blockCount * header.blockBytes);
}

function activeHeader(
  bytes: Uint8Array,
  main: Uint8Array,
  active: Uint8Array,
  format: number,
): FileHeader | HeaderFault {
  const field = (index: number) => word(active, CHECKSUM_BYTES + index * 8);
  const serializationVersion = format === UNVERSIONED_FORMAT ? 1 : Number(field(6));
  const storageVersion = STORAGE_VERSIONS[serializationVersion];
  if (serializationVersion > NEWEST_SERIALIZATION) return newerEngine(`storage version ${serializationVersion}`);
  const blockBytes = Number(field(4)) || DEFAULT_BLOCK_BYTES;
  const blockCount = Number(field(3));
  if (!isBlockSize(blockBytes) || !Number.isSafeInteger(blockCount * blockBytes) || storageVersion === undefined) {
    return damaged("its database header holds impossible numbers");
  }
  return {
    iteration: field(0),
    metaBlock: field(1),
    freeList: field(2),
    blockCount,
    blockBytes,
    serializationVersion,
    storageVersion,
    engineVersion: engineVersionText(main),
    databaseId: Buffer.from(main.subarray(DATABASE_ID_AT, DATABASE_ID_AT + DATABASE_ID_BYTES)).toString("hex"),
    sha256: createHash("sha256").update(bytes.subarray(0, HEADER_BYTES)).digest("hex"),
  };
}

function oneHeader(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + ONE_HEADER_BYTES);
}

function isSound(header: Uint8Array): boolean {
  return storedChecksum(header) === plainChecksum(header.subarray(CHECKSUM_BYTES));
}

function word(header: Uint8Array, at: number): bigint {
  return new DataView(header.buffer, header.byteOffset, header.byteLength).getBigUint64(at, true);
}

function isBlockSize(bytes: number): boolean {
  return bytes >= SMALLEST_BLOCK_BYTES && bytes <= DEFAULT_BLOCK_BYTES && Number.isInteger(Math.log2(bytes));
}

function engineVersionText(main: Uint8Array): string | null {
  const raw = Buffer.from(main.subarray(ENGINE_VERSION_AT, ENGINE_VERSION_AT + ENGINE_VERSION_BYTES));
  const text = raw.toString("latin1").replace(/\0.*$/s, "");
  return /^v?\d+\.\d+[\w.-]*$/.test(text) ? text : null;
}

function damaged(what: string): HeaderFault {
  return {
    reason: "damaged",
    message: `The DuckDB file is damaged: ${what}. DuckDB cannot open it; nothing was changed.`,
    hint: "Restore a backup, or put a sound copy of the file in its place.",
  };
}

function notDuckDb(bytes: Uint8Array): HeaderFault {
  const what = bytes.length === 0 ? "The file is empty" : "The file is not a DuckDB database";
  return {
    reason: "not-duckdb",
    message: `${what}; nothing was changed.`,
    hint: "Set DATABASE_PATH to the right file, or move this one away.",
  };
}

function newerEngine(what: string): HeaderFault {
  return {
    reason: "newer-engine",
    message: `The file was written by a newer DuckDB (${what}) than the one built in here; nothing was changed.`,
    hint: "Update Nestegg, or open the file with the DuckDB that wrote it.",
  };
}

function tooOld(format: number): HeaderFault {
  return {
    reason: "not-duckdb",
    message: `The file was written by a DuckDB before 0.9 (format ${format}), which this one cannot read; nothing was changed.`,
    hint: "Export it with the DuckDB that wrote it and import the result into a new file.",
  };
}

function encrypted(): HeaderFault {
  return {
    reason: "not-duckdb",
    message: "The file is an encrypted DuckDB database, which Nestegg does not support; nothing was changed.",
    hint: "Copy its content into a file without a key, and use that one.",
  };
}
