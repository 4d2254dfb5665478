import { AppError } from "../errors";
import type { JobContext, UploadJob } from "./protocol";
import { SnapshotReader } from "./snapshot-reader";

/**
 * The snapshot, part by part, and the word to the parent that its hold may go: when all is read, when it was asked for
 * (the rest is then set aside, whatever the store is doing at that moment), or when the run has failed.
 */
export class HeldSource {
  readonly #reader: SnapshotReader;
  readonly #context: JobContext;
  readonly #lost = new AbortController();
  /** Reading and setting aside share one position in the file: one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #released = false;

  static async open(job: UploadJob, context: JobContext): Promise<HeldSource> {
    return new HeldSource(job, await SnapshotReader.open(job.databasePath), context);
  }

  private constructor(job: UploadJob, reader: SnapshotReader, context: JobContext) {
    this.#reader = reader;
    this.#context = context;
    void context.spillWanted.then(() => this.#inTurn(() => this.#setAside(job.scratchFile)));
  }

  get facts(): Pick<SnapshotReader, "bytes" | "header" | "tornFreeBlocks" | "spilledBytes"> {
    return this.#reader;
  }

  /** Aborts, with the error to tell, when what was read so far is no snapshot or the rest could not be set aside. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The next part in a buffer of its own, null after the last. With the last one the hold may go. */
  next(partBytes: number): Promise<Buffer | null> {
    return this.#inTurn(async () => {
      this.lost.throwIfAborted();
      const part = await this.#reader.next(partBytes);
      if (!this.#reader.finished || this.#released) return part;
      const unchanged = await this.#reader.unchanged();
      this.release();
      if (!unchanged) throw snapshotChanged();
      return part;
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
      if (!(await this.#reader.spill(scratchFile))) throw snapshotChanged();
    } catch (error) {
      this.#lost.abort(error);
    }
    this.release();
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
