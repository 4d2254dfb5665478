import { type FileHandle, open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createBlockChecksum, isUnwritten } from "../database/block-checksum";
import { type FileHeader, HEADER_BYTES, parseHeader, snapshotLength } from "../database/file-format";
import { readFreeBlocks } from "../database/free-blocks";
import { AppError } from "../errors";
import { readInto, writeAll } from "../file-bytes";

/** A free block may be read while a bulk insert writes it; such a write of 256 KiB is over in well under this time. */
const TORN_READ_TRIES = 20;
const TORN_READ_PAUSE_MS = 10;
/** The copy of the rest must not fill the disk that the live WAL needs. */
const SCRATCH_RESERVE_BYTES = 64 * 1024 * 1024;
const COPY_CHUNK_BYTES = 8 * 1024 * 1024;

/** From `start` up to, but not including, `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Reads the held snapshot front to back, once, and vouches for every block: a block whose checksum does not match is read
 * again (a writer may be in the middle of a free one); if it stays wrong it must be free, else the snapshot is damaged.
 */
export class SnapshotReader {
  readonly header: FileHeader;
  readonly bytes: number;
  spilledBytes = 0;

  #live: FileHandle | null;
  #source: FileHandle;
  #position = 0;
  #carry = Buffer.alloc(0);
  #freeBlocks: Set<number> | null = null;
  readonly #tornFree = new Set<number>();
  readonly #headerBytes: Buffer;
  readonly #checksum = createBlockChecksum();

  private constructor(handle: FileHandle, header: FileHeader, headerBytes: Buffer, bytes: number) {
    this.#live = handle;
    this.#source = handle;
    this.header = header;
    this.#headerBytes = headerBytes;
    this.bytes = bytes;
  }

  /** Fixes the length once: the header's count can exceed the file after a rollback, the file the count after bulk inserts. */
  static async open(path: string): Promise<SnapshotReader> {
    const handle = await open(path, "r");
    const headerBytes = await readUpTo(handle, 0, HEADER_BYTES);
    const header = parseHeader(headerBytes);
    const { size } = await handle.stat();
    return new SnapshotReader(handle, header, headerBytes, snapshotLength(header, size));
  }

  get tornFreeBlocks(): number {
    return this.#tornFree.size;
  }

  /** True once `next` has handed out the last byte. */
  get finished(): boolean {
    return this.#position - this.#carry.length >= this.bytes;
  }

  /** How large a buffer must be to hold any `length` bytes with the blocks that they begin and end in. */
  roomFor(length: number): number {
    return length + 2 * this.header.blockBytes;
  }

  /** The next `length` bytes (fewer at the end), inside of `room` or of a new buffer. Null when all is read. */
  async next(length: number, room: Buffer = Buffer.allocUnsafe(this.roomFor(length))): Promise<Buffer | null> {
    if (this.finished) return null;
    const start = this.#position - this.#carry.length;
    const end = Math.min(start + length, this.bytes);
    const readTo = Math.min(this.#roundUpToBlock(end), this.bytes);
    const window = room.subarray(0, readTo - start);
    this.#carry.copy(window);
    await this.#readChecked(window.subarray(this.#carry.length), this.#position);
    this.#position = readTo;
    this.#carry = Buffer.from(window.subarray(end - start));
    return window.subarray(0, end - start);
  }

  /**
   * Bytes that `next` has handed out before, read and vouched for anew. Blocks that are free may have other content by now,
   * which is as good; all others are the same while the hold stands. After `spill` only what it was told to keep is there.
   */
  async again(range: ByteRange, room: Buffer): Promise<Buffer> {
    const { from, to } = this.#wholeBlocks(range);
    const window = room.subarray(0, to - from);
    await this.#readChecked(window, from);
    return window.subarray(range.start - from, range.end - from);
  }

  /** For a file that nobody writes: blocks that the header counts beyond its end must be free, else it was cut short. */
  async requireWhole(): Promise<void> {
    const { blockBytes, blockCount } = this.header;
    const first = Math.floor((this.bytes - HEADER_BYTES) / blockBytes);
    if (first >= blockCount) return;
    const free = await this.#loadFreeBlocks();
    for (let block = first; block < blockCount; block += 1) {
      if (free.has(block)) continue;
      throw new AppError(
        "snapshot_damaged",
        `The file was cut short: it ends after ${this.bytes} bytes, before block ${block} of its ${blockCount}.`,
        { hint: "Use a whole copy of it." },
      );
    }
  }

  /** True while the header is what it was at open: no checkpoint has come between. */
  async unchanged(): Promise<boolean> {
    if (!this.#live) return true;
    return this.#headerBytes.equals(await readUpTo(this.#live, 0, HEADER_BYTES));
  }

  /**
   * Copies the unread rest and the ranges to `keep` to `scratchFile` (same offsets), so that the live file may change again.
   * Returns false when a checkpoint came in between; throws `disk_full` without room.
   */
  async spill(scratchFile: string, keep: ByteRange[] = []): Promise<boolean> {
    if (!this.#live) return true;
    const ranges = [...keep.map((range) => this.#wholeBlocks(range)), { from: this.#position, to: this.bytes }];
    const rest = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    const disk = await statfs(dirname(scratchFile));
    const room = disk.bavail * disk.bsize;
    if (room < rest + SCRATCH_RESERVE_BYTES) {
      throw new AppError(
        "disk_full",
        `The upload is slow and the write-ahead log has reached its limit, but there is no room to set ${Math.ceil(rest / 1e6)} MB of the snapshot aside. This backup was given up; the database goes on.`,
        { hint: "Free disk space beside the data folder, or use a faster connection to the storage." },
      );
    }
    // The free list lies in blocks that may be gone later: read it while the hold still stands.
    await this.#loadFreeBlocks();
    const scratch = await open(scratchFile, "w+", 0o600);
    try {
      for (const range of ranges) await this.#copyRange(this.#live, scratch, range);
    } catch (error) {
      await scratch.close();
      throw error;
    }
    const good = await this.unchanged();
    await this.#live.close();
    this.#live = null;
    this.#source = scratch;
    this.spilledBytes = rest;
    return good;
  }

  async #copyRange(live: FileHandle, scratch: FileHandle, { from, to }: { from: number; to: number }): Promise<void> {
    const chunk = Buffer.allocUnsafe(Math.min(COPY_CHUNK_BYTES, to - from));
    for (let at = from; at < to; at += COPY_CHUNK_BYTES) {
      const piece = chunk.subarray(0, Math.min(COPY_CHUNK_BYTES, to - at));
      await this.#fill(live, piece, at);
      await writeAll(scratch, piece, at);
    }
  }

  /** The scratch file is the parent's to remove: it outlives a worker that died. */
  async close(): Promise<void> {
    await this.#source.close();
  }

  async #readChecked(target: Buffer, position: number): Promise<void> {
    const { blockBytes } = this.header;
    await this.#fill(this.#source, target, position);
    if (position === 0) this.#headerBytes.copy(target);
    for (let offset = position === 0 ? HEADER_BYTES : 0; offset < target.length; offset += blockBytes) {
      const block = target.subarray(offset, offset + blockBytes);
      if (block.length < blockBytes) await this.#mustBeFree(position + offset);
      else if (!this.#checksum.isIntact(block)) await this.#settle(block, position + offset);
    }
  }

  async #settle(block: Buffer, position: number): Promise<void> {
    if (isUnwritten(block)) return this.#mustBeFree(position);
    for (let attempt = 0; attempt < TORN_READ_TRIES; attempt += 1) {
      await pause(TORN_READ_PAUSE_MS);
      await this.#fill(this.#source, block, position);
      if (this.#checksum.isIntact(block)) return;
    }
    await this.#mustBeFree(position);
  }

  async #mustBeFree(position: number): Promise<void> {
    const block = (position - HEADER_BYTES) / this.header.blockBytes;
    if ((await this.#loadFreeBlocks()).has(block)) {
      this.#tornFree.add(block);
      return;
    }
    throw new AppError(
      "snapshot_damaged",
      `Block ${block} of the database file does not match its checksum. Nothing was stored; earlier backups are not affected.`,
      { hint: "The disk may be failing. Verify the newest backup, then restore it or export what can still be read." },
    );
  }

  async #loadFreeBlocks(): Promise<Set<number>> {
    const handle = this.#source;
    this.#freeBlocks ??= await readFreeBlocks((offset, length) => readUpTo(handle, offset, length), this.header);
    return this.#freeBlocks;
  }

  async #fill(handle: FileHandle, target: Buffer, position: number): Promise<void> {
    if ((await readInto(handle, target, position)) === target.length) return;
    throw new AppError(
      "snapshot_damaged",
      "The database file became shorter while it was read. Nothing was stored; earlier backups are not affected.",
      {
        hint: "Find out which other program writes to the file; only Nestegg may.",
      },
    );
  }

  /** The header counts as a block of its own: it is read from what was fixed at open. */
  #wholeBlocks({ start, end }: ByteRange): { from: number; to: number } {
    const { blockBytes } = this.header;
    const from = start < HEADER_BYTES ? 0 : start - ((start - HEADER_BYTES) % blockBytes);
    return { from, to: Math.min(this.#roundUpToBlock(end), this.bytes) };
  }

  #roundUpToBlock(offset: number): number {
    const { blockBytes } = this.header;
    return HEADER_BYTES + Math.ceil((offset - HEADER_BYTES) / blockBytes) * blockBytes;
  }
}

/** Fewer bytes only at the end of the file. */
async function readUpTo(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, await readInto(handle, buffer, position));
}
