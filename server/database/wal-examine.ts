import { type FileHandle, open } from "node:fs/promises";
import { createBlockChecksum } from "./block-checksum";
import {
  type CatalogChange,
  catalogChange,
  ENTRY_PREFIX_BYTES,
  entryBodyBytes,
  LONGEST_HEADER_BYTES,
  PLAIN_WAL_VERSION,
  parseEntry,
  parseWalHeader,
  WAL_TYPE,
  type WalEntry,
  type WalHeader,
} from "./wal-format";

/** One read covers thousands of ordinary entries. */
const WINDOW_BYTES = 1024 * 1024;
/** Enough for a message; a migration may hold thousands. */
const CHANGES_KEPT = 1000;

/**
 * - `clean`: every byte belongs to a committed transaction (or the file is empty).
 * - `torn`: the last transaction is not whole, as a crash leaves it; nothing after it is.
 * - `zeros`: only zeros after the last commit, as a power loss leaves it. DuckDB refuses to open this.
 * - `damaged`: whole entries stand behind a broken one: committed data is lost if this is opened.
 * - `unknown`: a kind of log that cannot be checked here (encrypted, or without checksums).
 */
export type WalTail = "clean" | "torn" | "zeros" | "damaged" | "unknown";

export interface WalReport {
  bytes: number;
  header: WalHeader | null;
  /** Transactions whose commit mark is there, the mark of a checkpoint not counted. */
  commits: number;
  /** Where the last committed transaction ends: everything before it is proven. 0 when nothing was committed. */
  goodEnd: number;
  tail: WalTail;
  /** A checkpoint had begun: its result may be in the main file already. */
  checkpointBegun: boolean;
  /** Holds references to blocks of the main file (a bulk insert). */
  namesBlocks: boolean;
  /** Committed changes of the catalog, in order, the first thousand. */
  catalogChanges: CatalogChange[];
}

/** Reads a log that nobody is writing; changes nothing. A missing file is reported as an empty one. */
export async function examineWal(path: string): Promise<WalReport> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return emptyReport(0);
    throw error;
  }
  try {
    return await examine(new WindowReader(file, (await file.stat()).size));
  } finally {
    await file.close();
  }
}

function emptyReport(bytes: number): WalReport {
  return {
    bytes,
    header: null,
    commits: 0,
    goodEnd: 0,
    tail: "clean",
    checkpointBegun: false,
    namesBlocks: false,
    catalogChanges: [],
  };
}

async function examine(reader: WindowReader): Promise<WalReport> {
  const report = emptyReport(reader.size);
  if (reader.size === 0) return report;
  const header = parseWalHeader(await reader.read(0, LONGEST_HEADER_BYTES));
  if (typeof header === "string") {
    report.tail = await tailKind(reader, 0);
    // Nothing can be told about a log whose beginning is something else: never let it be dropped as a torn tail.
    if (report.tail === "torn" && header === "unreadable") report.tail = "damaged";
    return report;
  }
  report.header = header;
  if (header.version !== PLAIN_WAL_VERSION) return { ...report, goodEnd: reader.size, tail: "unknown" };
  const end = await readEntries(reader, header.bytes, report);
  if (end < reader.size) report.tail = await tailKind(reader, end);
  else if (report.goodEnd < reader.size) report.tail = "torn";
  return report;
}

/** Reads whole entries until the first that is not; fills the report with what was committed. Returns where it stopped. */
async function readEntries(reader: WindowReader, start: number, report: WalReport): Promise<number> {
  const checksum = createBlockChecksum();
  let pending: WalEntry[] = [];
  for (let at = start; ; ) {
    const entry = parseEntry(await reader.entry(at), checksum);
    if (entry === null) return at;
    at += entry.bytes;
    if (entry.type !== WAL_TYPE.commit) {
      // Row data is not needed any more, and would keep the whole log in memory.
      if (![25, 26, 27, 28].includes(entry.type)) pending.push({ ...entry, body: entry.body.slice(0, 4096) });
      continue;
    }
    report.goodEnd = at;
    commit(report, pending);
    pending = [];
  }
}

function commit(report: WalReport, entries: WalEntry[]): void {
  if (entries.some((entry) => entry.type === WAL_TYPE.checkpoint)) report.checkpointBegun = true;
  else report.commits++;
  for (const entry of entries) {
    if (entry.type === WAL_TYPE.rowGroupData) report.namesBlocks = true;
    const change = catalogChange(entry);
    if (change !== null && report.catalogChanges.length < CHANGES_KEPT) report.catalogChanges.push(change);
  }
}

/** What stands behind the last whole entry. Any whole entry in there means that something before it was broken later. */
async function tailKind(reader: WindowReader, start: number): Promise<WalTail> {
  const checksum = createBlockChecksum();
  let onlyZeros = true;
  for (let at = start; at < reader.size; ) {
    const window = await reader.read(at, WINDOW_BYTES);
    const bytes = Buffer.from(window.buffer, window.byteOffset, window.byteLength);
    if (onlyZeros) onlyZeros = bytes.every((byte) => byte === 0);
    // A body begins with field 100. The search overlaps by one prefix, so that no entry falls between two windows.
    for (let found = bytes.indexOf(BODY_START); found !== -1; found = bytes.indexOf(BODY_START, found + 1)) {
      const entryAt = at + found - ENTRY_PREFIX_BYTES;
      if (entryAt <= start) continue;
      if (parseEntry(await reader.copyOfEntry(entryAt), checksum) !== null) return "damaged";
    }
    at += Math.max(window.length - 1, 1);
  }
  return onlyZeros ? "zeros" : "torn";
}

const BODY_START = Buffer.from([100, 0]);

/** Reads forward through a file that may be larger than memory. What it returns is valid until the next call. */
class WindowReader {
  private window: Uint8Array = new Uint8Array(0);
  private windowAt = 0;

  constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  /** At most `length` bytes: fewer at the end of the file. */
  async read(at: number, length: number): Promise<Uint8Array> {
    const end = Math.min(at + length, this.size);
    if (at < this.windowAt || end > this.windowAt + this.window.length) {
      this.window = await this.load(at, Math.max(end - at, WINDOW_BYTES));
      this.windowAt = at;
    }
    return this.window.subarray(at - this.windowAt, Math.max(end - this.windowAt, 0));
  }

  /** The entry at this place, as long as its prefix says it is; cut short by the end of the file. */
  async entry(at: number): Promise<Uint8Array> {
    const prefix = await this.read(at, ENTRY_PREFIX_BYTES);
    const body = prefix.length < ENTRY_PREFIX_BYTES ? null : entryBodyBytes(prefix);
    return body === null || at + ENTRY_PREFIX_BYTES + body > this.size
      ? prefix
      : this.read(at, ENTRY_PREFIX_BYTES + body);
  }

  /** The same outside of the window, which stays where it is. */
  async copyOfEntry(at: number): Promise<Uint8Array> {
    const prefix = await this.load(at, ENTRY_PREFIX_BYTES);
    const body = prefix.length < ENTRY_PREFIX_BYTES ? null : entryBodyBytes(prefix);
    return body === null || at + ENTRY_PREFIX_BYTES + body > this.size
      ? prefix
      : this.load(at, ENTRY_PREFIX_BYTES + body);
  }

  private async load(at: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    const buffer = Buffer.alloc(wanted);
    let done = 0;
    while (done < wanted) {
      const { bytesRead } = await this.file.read(buffer, done, wanted - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }
}
