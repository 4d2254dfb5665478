import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { createBlockChecksum } from "../database/block-checksum";
import { type FileHeader, HEADER_BYTES, readHeader } from "../database/file-format";
import { readFreeBlocks } from "../database/free-blocks";
import { AppError, hasCode } from "../errors";
import { readInto, writeAll } from "../file-bytes";
import { readBodyInto } from "../read-body";
import type { ObjectStore } from "../storage/object-store";
import type { JobContext, StoredFile } from "./protocol";

/** Parts asked for ahead of the one being checked; with 8 MiB parts that is 32 MiB. */
const PARTS_AHEAD = 4;
/** A renewal exchanges an object once; one that changes under every look is no renewal. */
const ETAG_LOOKS = 3;
/** No DuckDB file has larger ones; a header that says so is refused. */
const MAX_BLOCK_BYTES = 256 * 1024;

export interface CopyPlaces {
  /** Every part is written here at its offset; null: only looked at. */
  target: FileHandle | null;
  /** What an earlier try has left in the target is used where its hash is right. */
  resume: boolean;
  /** A local file that may hold equal parts at the same place. It may change while it is read: only equal hashes count. */
  base: FileHandle | null;
}

interface Part {
  /** Within `room`. */
  bytes: Buffer;
  room: PartRoom;
  hash: string;
  from: "store" | "base" | "target";
}

/** Memory that serves one part after another: touching new memory costs more than hashing it. */
interface PartRoom {
  whole: Buffer;
  /** Where the part goes: before it is room for what the part before it left of a block. */
  part: Buffer;
}

/** A file of a newer engine is sound for all that is known here: an error, and no verdict on the backup. */
function headerOf(part: Buffer): FileHeader {
  const header = readHeader(part.subarray(0, HEADER_BYTES));
  if (!("reason" in header)) return header;
  const code = header.reason === "newer-engine" ? "database_unusable" : "backup_damaged";
  throw new AppError(code, header.message, { hint: header.hint });
}

function gone(): AppError {
  return new AppError("backup_missing", "The file of this backup is gone from the bucket; only its manifest remains.");
}

/** No verdict: what lies there now may be the same bytes, and nothing that was read can tell. */
export function exchanged(cause?: unknown): AppError {
  return new AppError(
    "storage_precondition",
    "The object of this backup was exchanged while it was read, so nothing is known of the one that lies there now. The backup keeps its state.",
    { hint: "Try again in a minute.", cause },
  );
}

/** A stored backup as it comes in, from the store or from equal local parts: every part and every block is checked. */
export class CheckedCopy {
  fetchedBytes = 0;
  reusedBytes = 0;

  #header: FileHeader | null = null;
  #hashes: string[] = [];
  #suspects: number[] = [];
  /** The bytes of a block whose end is in the next part. */
  #carry = Buffer.alloc(0);
  #position = 0;
  #etag: string;
  readonly #spareRoom: PartRoom[] = [];
  readonly #checksum = createBlockChecksum();

  constructor(
    private readonly file: StoredFile,
    private readonly store: ObjectStore,
    private readonly places: CopyPlaces,
  ) {
    this.#etag = file.etag;
  }

  /** Of the object read last: another one than at the start when it was exchanged meanwhile. */
  get etag(): string {
    return this.#etag;
  }

  get header(): FileHeader | null {
    return this.#header;
  }

  get hashes(): string[] {
    return this.#hashes;
  }

  async readAll(context: Pick<JobContext, "signal" | "send">): Promise<void> {
    const count = Math.ceil(this.file.bytes / this.file.partBytes);
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const ahead: Promise<Part>[] = [];
    const fill = (next: number) => {
      while (ahead.length < PARTS_AHEAD && next + ahead.length < count) {
        const part = this.#obtain(next + ahead.length, signal);
        // Awaited in order below; until then a failure must not count as unhandled.
        part.catch(() => undefined);
        ahead.push(part);
      }
    };
    try {
      for (let index = 0; index < count; index += 1) {
        fill(index);
        const part = await ahead.shift();
        if (!part) throw new Error("no part was asked for");
        await this.#take(index, part, signal);
        context.send({ type: "progress", doneBytes: this.#position, totalBytes: this.file.bytes });
      }
    } finally {
      stop.abort();
      await Promise.allSettled(ahead);
    }
    if (this.#carry.length > 0) this.#suspects.push(this.#blockOf(this.#position - this.#carry.length));
  }

  /** A wrong checksum in a block that no table owns is harmless: see SnapshotReader. */
  async judgeBadBlocks(signal: AbortSignal): Promise<void> {
    if (this.#suspects.length === 0) return;
    const header = this.#headerOrThrow();
    const free = await readFreeBlocks((offset, length) => this.#readBack(offset, length, signal), header);
    const damaged = this.#suspects.find((block) => !free.has(block));
    if (damaged === undefined) return;
    throw new AppError(
      "backup_damaged",
      `Block ${damaged} of this backup does not match its checksum. Do not restore it.`,
      {
        hint: "Choose another backup; the live database and other backups are not affected.",
      },
    );
  }

  /** From this machine where the hash is right, else from the store. */
  async #obtain(index: number, signal: AbortSignal): Promise<Part> {
    const expected = this.file.parts[index];
    const { target, base, resume } = this.places;
    const room = this.#takeRoom();
    if (expected !== undefined) {
      const sources = [
        { from: "target" as const, handle: resume ? target : null },
        { from: "base" as const, handle: base },
      ];
      for (const { from, handle } of sources) {
        const bytes = handle && (await this.#readLocal(handle, index, room));
        if (bytes && sha256(bytes) === expected) return { bytes, room, hash: expected, from };
      }
    }
    const bytes = await this.#fetch(index, room, signal);
    return { bytes, room, hash: sha256(bytes), from: "store" };
  }

  #takeRoom(): PartRoom {
    const spare = this.#spareRoom.pop();
    if (spare) return spare;
    const whole = Buffer.allocUnsafe(MAX_BLOCK_BYTES + Math.min(this.file.partBytes, this.file.bytes));
    return { whole, part: whole.subarray(MAX_BLOCK_BYTES) };
  }

  /** Null when the file ends before the part does. */
  async #readLocal(handle: FileHandle, index: number, room: PartRoom): Promise<Buffer | null> {
    const { start, length } = this.#rangeOf(index);
    const bytes = room.part.subarray(0, length);
    return (await readInto(handle, bytes, start)) === length ? bytes : null;
  }

  #rangeOf(index: number): { start: number; length: number } {
    const start = index * this.file.partBytes;
    return { start, length: Math.min(this.file.partBytes, this.file.bytes - start) };
  }

  async #fetch(index: number, room: PartRoom, signal: AbortSignal): Promise<Buffer> {
    const { start, length } = this.#rangeOf(index);
    const bytes = room.part.subarray(0, length);
    const read = await this.#getProven(index, bytes, signal);
    this.fetchedBytes += read;
    if (read !== length)
      throw new AppError(
        "backup_damaged",
        `The object ends at byte ${start + read}, its manifest says ${this.file.bytes}. Do not restore it.`,
      );
    return bytes;
  }

  /**
   * As `#get`, and an exchange of the object on the way is no fault: a renewal copies it onto itself, from another process too. Only
   * where a hash proves the bytes.
   */
  async #getProven(index: number, target: Buffer, signal: AbortSignal): Promise<number> {
    const { start } = this.#rangeOf(index);
    for (let look = 1; ; look += 1) {
      try {
        return await this.#get(start, target, signal);
      } catch (error) {
        if (!hasCode(error, "storage_precondition")) throw error;
        if (this.file.parts[index] === undefined || look > ETAG_LOOKS) throw exchanged(error);
        await this.#lookAgain(signal);
      }
    }
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { key, bytes } = this.file;
    const stored = await this.store.head(key, { signal });
    if (!stored) throw gone();
    if (stored.bytes !== bytes)
      throw new AppError(
        "backup_damaged",
        `Another object lies under this backup's key: it has ${stored.bytes} bytes, its manifest says ${bytes}. Do not restore it.`,
      );
    this.#etag = stored.etag;
  }

  /** Fills `target` from the object; returns how many bytes there were. An ETag that is not ours any more is no verdict on it. */
  async #get(start: number, target: Buffer, signal: AbortSignal): Promise<number> {
    const end = start + target.length - 1;
    try {
      const body = await this.store.get(this.file.key, { range: { start, end }, ifMatch: this.#etag, signal });
      if (!body) throw gone();
      return await readBodyInto(body, target);
    } catch (error) {
      if (hasCode(error, "storage_range_invalid"))
        throw new AppError(
          "backup_damaged",
          `The object is shorter than the ${this.file.bytes} bytes its manifest says. Do not restore it.`,
          { cause: error },
        );
      throw error;
    }
  }

  async #take(index: number, received: Part, signal: AbortSignal): Promise<void> {
    const { room } = received;
    let { bytes: part, hash } = received;
    const expected = this.file.parts[index];
    if (expected !== undefined && expected !== hash) {
      // Once more before the verdict: the bytes may have suffered on the way, not in the store.
      part = await this.#fetch(index, room, signal);
      hash = sha256(part);
    }
    if (expected !== undefined && expected !== hash) {
      throw new AppError(
        "backup_damaged",
        `Part ${index + 1} of ${this.file.parts.length} does not match its SHA-256. Do not restore this backup.`,
      );
    }
    this.#hashes.push(hash);
    if (this.#position === 0) this.#header = headerOf(part);
    if (received.from !== "store") this.reusedBytes += part.length;
    if (this.places.target && received.from !== "target") await writeAll(this.places.target, part, this.#position);
    this.#checkBlocks(room, part.length);
    this.#position += part.length;
    this.#spareRoom.push(room);
  }

  #checkBlocks({ whole: memory }: PartRoom, length: number): void {
    const { blockBytes } = this.#headerOrThrow();
    // What is left of the block before goes right in front of the part: no block has to be put together anew.
    const from = this.#position === 0 ? MAX_BLOCK_BYTES + HEADER_BYTES : MAX_BLOCK_BYTES - this.#carry.length;
    this.#carry.copy(memory, from);
    const run = memory.subarray(from, MAX_BLOCK_BYTES + length);
    const runStart = this.#position + length - run.length;
    const whole = run.length - (run.length % blockBytes);
    for (let offset = 0; offset < whole; offset += blockBytes) {
      if (!this.#checksum.isIntact(run.subarray(offset, offset + blockBytes)))
        this.#suspects.push(this.#blockOf(runStart + offset));
    }
    this.#carry = Buffer.from(run.subarray(whole));
  }

  async #readBack(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const { target } = this.places;
    const buffer = Buffer.alloc(length);
    if (!target) return buffer.subarray(0, await this.#get(offset, buffer, signal));
    return buffer.subarray(0, await readInto(target, buffer, offset));
  }

  #blockOf(position: number): number {
    return (position - HEADER_BYTES) / this.#headerOrThrow().blockBytes;
  }

  #headerOrThrow(): FileHeader {
    if (!this.#header)
      throw new AppError("backup_damaged", "The object is too short to be a DuckDB file. Do not restore it.");
    return this.#header;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
