import { createHash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { systemClock } from "../clock";
import { createBlockChecksum } from "../database/block-checksum";
import { type FileHeader, HEADER_BYTES, readHeader } from "../database/file-format";
import { readFreeBlocks } from "../database/free-blocks";
import { type Inspection, inspectFile } from "../database/inspect";
import { AppError, hasCode } from "../errors";
import { readBody } from "../read-body";
import type { ObjectStore } from "../storage/object-store";
import { openStore } from "../storage/open-store";
import { readInto, writeAll } from "./file-bytes";
import type { JobContext, VerifyJob, VerifyResult } from "./protocol";

/** Parts asked for ahead of the one being checked; with 8 MiB parts that is 32 MiB. */
const PARTS_AHEAD = 4;

/**
 * Reads a stored backup back: every part against its SHA-256, every block against its checksum, and, with a scratch file, every
 * column of every row through DuckDB. Damage is a result (`failed`); trouble with the storage or the disk is an error.
 */
export async function verify(job: VerifyJob, context: JobContext): Promise<VerifyResult> {
  const store = await openStore(job.store, { clock: systemClock });
  const scratch = job.scratchFile === null ? null : await open(job.scratchFile, "w+", 0o600);
  const copy = new CheckedCopy(job, store, scratch);
  try {
    await copy.readAll(context);
    await copy.judgeBadBlocks(context.signal);
    await scratch?.close();
    context.send({ type: "phase", name: "opening" });
    const inspection = job.scratchFile === null ? null : await inspectFile(job.scratchFile, { signal: context.signal });
    return copy.result(inspection ? "verified" : "checked", null, inspection);
  } catch (error) {
    if (!hasCode(error, "backup_damaged", "backup_missing", "snapshot_damaged")) throw error;
    return copy.result("failed", error.message, null);
  } finally {
    await scratch?.close();
    if (job.scratchFile !== null) await rm(job.scratchFile, { force: true });
  }
}

/** A file of a newer engine is sound for all that is known here: an error, and no verdict on the backup. */
function headerOf(part: Buffer): FileHeader {
  const header = readHeader(part.subarray(0, HEADER_BYTES));
  if (!("reason" in header)) return header;
  const code = header.reason === "newer-engine" ? "database_unusable" : "backup_damaged";
  throw new AppError(code, header.message, { hint: header.hint });
}

/** The downloaded file as it comes in: hashes, blocks still to be judged, header. */
class CheckedCopy {
  #header: FileHeader | null = null;
  #hashes: string[] = [];
  #suspects: number[] = [];
  #carry = Buffer.alloc(0);
  #position = 0;
  readonly #checksum = createBlockChecksum();

  constructor(
    private readonly job: VerifyJob,
    private readonly store: ObjectStore,
    private readonly scratch: FileHandle | null,
  ) {}

  async readAll(context: JobContext): Promise<void> {
    const count = Math.ceil(this.job.bytes / this.job.partBytes);
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const ahead: Promise<Buffer>[] = [];
    const fill = (next: number) => {
      while (ahead.length < PARTS_AHEAD && next + ahead.length < count) {
        const part = this.#fetch(next + ahead.length, signal);
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
        context.send({ type: "progress", doneBytes: this.#position, totalBytes: this.job.bytes });
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

  result(result: VerifyResult["result"], error: string | null, inspection: Inspection | null): VerifyResult {
    return {
      kind: "verify",
      result,
      error,
      inspection,
      parts: this.#hashes,
      headerSha256: this.#header?.sha256 ?? "",
      storageVersion: this.#header?.storageVersion ?? "unknown",
    };
  }

  async #fetch(index: number, signal: AbortSignal): Promise<Buffer> {
    const start = index * this.job.partBytes;
    const end = Math.min(start + this.job.partBytes, this.job.bytes) - 1;
    const bytes = await this.#get(start, end, signal);
    if (bytes.length !== end - start + 1)
      throw new AppError(
        "backup_damaged",
        `The object ends at byte ${start + bytes.length}, its manifest says ${this.job.bytes}. Do not restore it.`,
      );
    return bytes;
  }

  async #get(start: number, end: number, signal: AbortSignal): Promise<Buffer> {
    try {
      const body = await this.store.get(this.job.key, { range: { start, end }, ifMatch: this.job.etag, signal });
      if (!body)
        throw new AppError(
          "backup_missing",
          "The file of this backup is gone from the bucket; only its manifest remains.",
        );
      return await readBody(body);
    } catch (error) {
      if (hasCode(error, "storage_precondition"))
        throw new AppError(
          "backup_damaged",
          "Another object lies under this backup's key than the one that was stored. Do not restore it.",
          { cause: error },
        );
      if (hasCode(error, "storage_range_invalid"))
        throw new AppError(
          "backup_damaged",
          `The object is shorter than the ${this.job.bytes} bytes its manifest says. Do not restore it.`,
          { cause: error },
        );
      throw error;
    }
  }

  async #take(index: number, received: Buffer, signal: AbortSignal): Promise<void> {
    let part = received;
    let hash = sha256(part);
    const expected = this.job.parts[index];
    if (expected !== undefined && expected !== hash) {
      // Once more before the verdict: the bytes may have suffered on the way, not in the store.
      part = await this.#fetch(index, signal);
      hash = sha256(part);
    }
    if (expected !== undefined && expected !== hash) {
      throw new AppError(
        "backup_damaged",
        `Part ${index + 1} of ${this.job.parts.length} does not match its SHA-256. Do not restore this backup.`,
      );
    }
    this.#hashes.push(hash);
    if (this.#position === 0) this.#header = headerOf(part);
    if (this.scratch) await writeAll(this.scratch, part, this.#position);
    this.#checkBlocks(part);
    this.#position += part.length;
  }

  #checkBlocks(part: Buffer): void {
    const { blockBytes } = this.#headerOrThrow();
    const fresh = this.#position === 0 ? part.subarray(HEADER_BYTES) : part;
    const run = this.#carry.length > 0 ? Buffer.concat([this.#carry, fresh]) : fresh;
    const runStart = this.#position + part.length - run.length;
    const whole = run.length - (run.length % blockBytes);
    for (let offset = 0; offset < whole; offset += blockBytes) {
      if (!this.#checksum.isIntact(run.subarray(offset, offset + blockBytes)))
        this.#suspects.push(this.#blockOf(runStart + offset));
    }
    this.#carry = Buffer.from(run.subarray(whole));
  }

  async #readBack(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    if (!this.scratch) return this.#get(offset, offset + length - 1, signal);
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, await readInto(this.scratch, buffer, offset));
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
