import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors";
import { writeAll } from "../file-bytes";
import type { UploadView } from "../nestegg-restore";

const MEBIBYTE = 1024 * 1024;
/** Held in memory whole until its length is known to be right: what is refused has then overwritten nothing. */
export const BROUGHT_PART_BYTES = 8 * MEBIBYTE;

/** One file on its way in: its bytes at their offsets in a file of ours, and which parts are there. */
export class BroughtFile {
  readonly id: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly startedAt: Date;
  readonly parts: number;
  readonly path: string;
  /** When it was begun, or its last part came. */
  touchedAt: Date;
  /** Set from the moment that `finish` was asked for until its run has failed in a way that can be tried again. */
  registration: Promise<{ operationId: string }> | null = null;
  operationId: string | null = null;

  readonly #received = new Set<number>();
  #dropped = false;
  /** One write after the other: two of the same part must not mix. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(begun: { id: string; fileName: string; bytes: number; startedAt: Date; folder: string }) {
    this.id = begun.id;
    this.fileName = begun.fileName;
    this.bytes = begun.bytes;
    this.startedAt = begun.startedAt;
    this.touchedAt = begun.startedAt;
    this.parts = Math.ceil(begun.bytes / BROUGHT_PART_BYTES);
    this.path = join(begun.folder, `${begun.id}.duckdb`);
  }

  /** Disk that is promised to it and not yet taken. */
  get bytesToCome(): number {
    return [...this.#received].reduce((rest, part) => rest - this.lengthOf(part), this.bytes);
  }

  get missing(): number[] {
    return Array.from({ length: this.parts }, (_, part) => part).filter((part) => !this.#received.has(part));
  }

  lengthOf(part: number): number {
    return Math.min(BROUGHT_PART_BYTES, this.bytes - part * BROUGHT_PART_BYTES);
  }

  async create(): Promise<void> {
    await (await open(this.path, "wx", 0o600)).close();
  }

  /** Throws `conflict` when `finish` or `drop` came first, `disk_full` without room; the parts before are kept. */
  async write(part: number, bytes: Uint8Array, at: Date): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#dropped) throw unknownUpload();
      this.requireOpen();
      const handle = await open(this.path, "r+");
      try {
        await writeAll(handle, bytes, part * BROUGHT_PART_BYTES);
      } catch (error) {
        // A part that was there before may be half overwritten now.
        this.#received.delete(part);
        throw explain(error, this.fileName);
      } finally {
        await handle.close();
      }
      this.#received.add(part);
      this.touchedAt = at;
    });
  }

  requireOpen(): void {
    if (!this.registration) return;
    throw new AppError("conflict", `${this.fileName} is being checked and registered; it takes no more parts.`, {
      hint: "Watch its run under Activity.",
    });
  }

  /** Resolves when no write is under way; those that come later find it finished or dropped. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => undefined);
  }

  async remove(): Promise<void> {
    this.#dropped = true;
    await this.settled();
    await rm(this.path, { force: true });
    // Should it ever come into being: DuckDB opened the file read-only.
    await rm(`${this.path}.wal`, { force: true });
  }

  view(): UploadView {
    return {
      id: this.id,
      fileName: this.fileName,
      bytes: this.bytes,
      partBytes: BROUGHT_PART_BYTES,
      parts: this.parts,
      received: [...this.#received].sort((a, b) => a - b),
      startedAt: this.startedAt.toISOString(),
      operationId: this.operationId,
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

export function unknownUpload(): AppError {
  return new AppError("not_found", "There is no such upload: it was finished, dropped, or begun before a restart.", {
    hint: "Bring the file again from the start.",
  });
}

function explain(error: unknown, fileName: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new AppError(
    "disk_full",
    `The disk has no room for this part of ${fileName}. The parts before it are kept; the database and the backups are not affected.`,
    { hint: "Free space on the disk of the data folder, then send the part again.", cause: error },
  );
}
