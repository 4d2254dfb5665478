import { type BlockChecksum, storedChecksum } from "./block-checksum";

/** Size and checksum, 8 bytes each, stand before the body of every entry. */
export const ENTRY_PREFIX_BYTES = 16;
/** The smallest body, a commit mark: field 100, type, end of object. */
const SMALLEST_BODY_BYTES = 5;
/** A header is 8 bytes, or about 40 with the database's id. */
export const LONGEST_HEADER_BYTES = 128;
/** Plain entries with a checksum, as DuckDB writes them since 1.0; 3 is encrypted, 1 has no checksums. */
export const PLAIN_WAL_VERSION = 2;

export const WAL_TYPE = {
  createTable: 1,
  dropTable: 2,
  alter: 20,
  createIndex: 23,
  rowGroupData: 29,
  checkpoint: 99,
  commit: 100,
} as const;

/** Entries that change the catalog. Row data is 25 to 29; 10 is a sequence's position. */
const CATALOG_TYPES: Record<number, string> = {
  1: "create table",
  2: "drop table",
  3: "create schema",
  4: "drop schema",
  5: "create view",
  6: "drop view",
  8: "create sequence",
  9: "drop sequence",
  11: "create macro",
  12: "drop macro",
  13: "create type",
  14: "drop type",
  20: "alter",
  21: "create table macro",
  22: "drop table macro",
  23: "create index",
  24: "drop index",
};
const OTHER_TYPES = [10, 25, 26, 27, 28, 29, 99, 100];

export interface WalHeader {
  version: number;
  /** Its own length. */
  bytes: number;
  /** Which file, and which checkpoint of it, the log belongs to; null in files of the default storage version. */
  databaseId: string | null;
  checkpointIteration: number | null;
}

export interface WalEntry {
  type: number;
  body: Uint8Array;
  /** With the prefix. */
  bytes: number;
}

export interface CatalogChange {
  kind: string;
  /** Empty when it could not be read out of the entry. */
  schema: string;
  name: string;
}

/** The unchecked header; "short" when the bytes end inside it, "unreadable" when they are something else. */
export function parseWalHeader(bytes: Uint8Array): WalHeader | "short" | "unreadable" {
  const fields = new FieldReader(bytes);
  try {
    if (fields.u16() !== 100 || fields.varint() !== 98 || fields.u16() !== 101) return "unreadable";
    const header: WalHeader = { version: fields.varint(), bytes: 0, databaseId: null, checkpointIteration: null };
    for (let id = fields.u16(); id !== END_OF_OBJECT; id = fields.u16()) {
      if (id === 102) header.databaseId = fields.byteList();
      else if (id === 103) header.checkpointIteration = fields.varint();
      else return "unreadable";
    }
    return { ...header, bytes: fields.at };
  } catch (error) {
    if (error instanceof RangeError) return "short";
    throw error;
  }
}

/** The body's length as the prefix gives it, or null when no entry can have it. */
export function entryBodyBytes(prefix: Uint8Array): number | null {
  const size = storedChecksum(prefix);
  return size < SMALLEST_BODY_BYTES || size > Number.MAX_SAFE_INTEGER ? null : Number(size);
}

/** One whole entry at the start of the bytes, its checksum proven; null when there is none. */
export function parseEntry(bytes: Uint8Array, checksum: BlockChecksum): WalEntry | null {
  if (bytes.length < ENTRY_PREFIX_BYTES) return null;
  const size = entryBodyBytes(bytes);
  if (size === null || size > bytes.length - ENTRY_PREFIX_BYTES) return null;
  const body = bytes.subarray(ENTRY_PREFIX_BYTES, ENTRY_PREFIX_BYTES + size);
  const type = body[2] ?? 0;
  if (body[0] !== 100 || body[1] !== 0 || !(type in CATALOG_TYPES || OTHER_TYPES.includes(type))) return null;
  if (storedChecksum(bytes.subarray(8)) !== checksum.of(body)) return null;
  return { type, body, bytes: ENTRY_PREFIX_BYTES + size };
}

/** What an entry does to the catalog and to which object; null for row data and marks. Names are best effort. */
export function catalogChange(entry: WalEntry): CatalogChange | null {
  const kind = CATALOG_TYPES[entry.type];
  if (kind === undefined) return null;
  const fields = new FieldReader(entry.body.subarray(3));
  try {
    return { kind, ...(kind.startsWith("drop") ? droppedName(fields) : objectName(fields)) };
  } catch (error) {
    if (error instanceof RangeError) return { kind, schema: "", name: "" };
    throw error;
  }
}

/** Field 101 is the schema, 102 the name; a schema's own entries have only 101. */
function droppedName(fields: FieldReader): { schema: string; name: string } {
  const found = { schema: "", name: "" };
  for (let id = fields.u16(); id !== END_OF_OBJECT; id = fields.u16()) {
    if (id === 101) found.schema = fields.text();
    else if (id === 102) found.name = fields.text();
    else break;
  }
  return found;
}

/**
 * Field 101 is an object: of a CREATE with the schema in 102 and the name in 200 (an index: its table in 201), of an
 * ALTER with the schema in 202 and the name in 203. Fields that hold their default are left out; at the first field
 * whose shape is not known here the search ends.
 */
function objectName(fields: FieldReader): { schema: string; name: string } {
  const found = { schema: "", name: "" };
  if (fields.u16() !== 101) return found;
  if (fields.looksLikeText()) return { schema: fields.text(), name: "" };
  if (fields.byte() !== 1) return found;
  let isAlter = false;
  for (let id = fields.u16(); id !== END_OF_OBJECT; id = fields.u16()) {
    if (id === 100) isAlter = fields.varint() === 0;
    else if (id === 102 || (isAlter && id === 202)) found.schema = fields.text();
    else if ((!isAlter && id === 200) || (isAlter && id === 203)) return { ...found, name: fields.text() };
    else if (id === 101 || id === 106 || id === 201) fields.text();
    else if (id === 103 || id === 104 || id === 105 || id === 200) fields.varint();
    else break;
  }
  return found;
}

const END_OF_OBJECT = 0xffff;

/** DuckDB's binary serialization: field ids of two bytes, integers as varints, text with its length before it. */
class FieldReader {
  at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new RangeError("the entry ends inside a field");
    return value;
  }

  u16(): number {
    return this.byte() + this.byte() * 256;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    if (this.at + length > this.bytes.length) throw new RangeError("the entry ends inside a text");
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }

  /** A list of small integers, as hexadecimal. */
  byteList(): string {
    const count = this.varint();
    if (count > this.bytes.length) throw new RangeError("the list is longer than the entry");
    return Buffer.from(Array.from({ length: count }, () => this.varint())).toString("hex");
  }

  /** CREATE SCHEMA holds its name where the others hold an object (present: 1, then its field 100). */
  looksLikeText(): boolean {
    return !(this.bytes[this.at] === 1 && this.bytes[this.at + 1] === 100 && this.bytes[this.at + 2] === 0);
  }
}
