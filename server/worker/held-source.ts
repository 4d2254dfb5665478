import { AppError } from "../errors";
import type { JobContext, UploadJob } from "./protocol";
import { type ByteRange, SnapshotReader } from "./snapshot-reader";

/** One part in memory. */
export interface PartBody {
  partNumber: number;
  bytes: Buffer;
  /** The bytes are not looked at any more: their memory serves another part. New memory costs more than hashing (measured). */
  giveBack(): void;
}

/**
 * The snapshot, part by part, and the word to the parent that its hold may go: when all is read and no part can be asked for
 * again, when the hold has to end (what is still needed is then set aside, whatever the store is doing), or when the run failed.
 */
export class HeldSource {
  readonly #reader: SnapshotReader;
  readonly #context: JobContext;
  readonly #partBytes: number;
  readonly #lost = new AbortController();
  /** Reading and setting aside share one file: one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #read = 0;
  readonly #spareRoom: Buffer[] = [];
  /** Parts read already whose bytes may be wanted again. */
  readonly #kept = new Set<number>();
  #released = false;

  static async open(job: UploadJob, context: JobContext): Promise<HeldSource> {
    return new HeldSource(job, await SnapshotReader.open(job.databasePath), context);
  }

  private constructor(job: UploadJob, reader: SnapshotReader, context: JobContext) {
    this.#reader = reader;
    this.#context = context;
    this.#partBytes = job.partBytes;
    void context.spillWanted.then(() => this.#inTurn(() => this.#setAside(job.scratchFile)));
  }

  get facts(): Pick<SnapshotReader, "bytes" | "header" | "tornFreeBlocks" | "spilledBytes"> {
    return this.#reader;
  }

  get partCount(): number {
    return Math.ceil(this.#reader.bytes / this.#partBytes);
  }

  bytesOf(partNumber: number): number {
    const { start, end } = this.#rangeOf(partNumber);
    return end - start;
  }

  /** Aborts, with the error to tell, when what was read so far is no snapshot or the rest could not be set aside. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The next part, null after the last. Until `settle` names it, `again` gives it once more. */
  next(): Promise<PartBody | null> {
    return this.#inTurn(async () => {
      this.lost.throwIfAborted();
      const room = this.#takeRoom();
      const bytes = await this.#reader.next(this.#partBytes, room);
      if (!bytes) return null;
      this.#read += 1;
      this.#kept.add(this.#read);
      return this.#partBody(this.#read, bytes, room);
    });
  }

  again(partNumber: number): Promise<PartBody> {
    return this.#inTurn(async () => {
      this.lost.throwIfAborted();
      if (!this.#kept.has(partNumber)) throw new Error(`part ${partNumber} was let go of already`);
      const room = this.#takeRoom();
      return this.#partBody(partNumber, await this.#reader.again(this.#rangeOf(partNumber), room), room);
    });
  }

  #takeRoom(): Buffer {
    return this.#spareRoom.pop() ?? Buffer.allocUnsafe(this.#reader.roomFor(this.#partBytes));
  }

  #partBody(partNumber: number, bytes: Buffer, room: Buffer): PartBody {
    return { partNumber, bytes, giveBack: () => void this.#spareRoom.push(room) };
  }

  /** These parts are not wanted again: they are in memory, or for certain in the store. With the last one the hold may go. */
  settle(partNumbers: Iterable<number>): Promise<void> {
    return this.#inTurn(async () => {
      for (const partNumber of partNumbers) this.#kept.delete(partNumber);
      if (this.#released || !this.#reader.finished || this.#kept.size > 0) return;
      const unchanged = await this.#reader.unchanged();
      this.release();
      if (!unchanged) throw snapshotChanged();
    });
  }

  /** May be repeated. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#context.send({ type: "released" });
  }

  async close(): Promise<void> {
    this.release();
    await this.#turn;
    await this.#reader.close();
  }

  async #setAside(scratchFile: string): Promise<void> {
    if (this.#released) return;
    try {
      const keep = [...this.#kept].map((partNumber) => this.#rangeOf(partNumber));
      if (!(await this.#reader.spill(scratchFile, keep))) throw snapshotChanged();
    } catch (error) {
      this.#lost.abort(error);
    }
    this.release();
  }

  #rangeOf(partNumber: number): ByteRange {
    const start = (partNumber - 1) * this.#partBytes;
    return { start, end: Math.min(start + this.#partBytes, this.#reader.bytes) };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** The parent takes the snapshot anew when it sees this code. */
function snapshotChanged(): AppError {
  return new AppError(
    "snapshot_changed",
    "A checkpoint came between while the snapshot was read. It was thrown away; nothing was registered.",
    { hint: "It is taken anew by itself." },
  );
}
