import { statfs } from "node:fs/promises";
import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { UploadVerbs, UploadView } from "../nestegg-restore";
import { createSlots } from "../slots";
import { BroughtFile, unknownUpload } from "./brought-file";
import { type BackupContext, inBackground } from "./context";
import { formatSize } from "./format-size";
import { type Registration, registerBrought } from "./register-brought";
import { makeUploadsFolder } from "./uploads-folder";

/** The headers alone: main header and two database headers of 4 KiB each. */
const SMALLEST_DATABASE_BYTES = 12_288;

/** The live database's growth and its write-ahead log come first. */
const DISK_RESERVE_BYTES = 256 * 1024 * 1024;
/** Each is held in memory whole: with 8 MiB parts 32 MiB in all, however many connections send at once. */
const PARTS_AT_ONCE = 4;
const IDLE_LIFE_MS = 24 * 3_600_000;
const IDLE_LOOK_MS = 10 * 60_000;
const FILE_NAME_MAX_CHARACTERS = 200;
/** A message that names every missing part of a large file would be a wall of numbers. */
const NAMED_MISSING_PARTS = 5;

/** The files that are being brought to this server. They live in this process: a restart drops them. */
export class Uploads implements UploadVerbs {
  readonly #files = new Map<string, BroughtFile>();
  readonly #slots = createSlots(PARTS_AT_ONCE);
  #watched = false;

  constructor(private readonly ctx: BackupContext) {}

  async begin(caller: Caller, input: { fileName: string; bytes: number }): Promise<UploadView> {
    const { ctx } = this;
    const fileName = plainName(input.fileName);
    requireSize(fileName, input.bytes);
    await this.dropIdle();
    const folder = await makeUploadsFolder(ctx);
    const disk = await statfs(folder);
    // Nothing is awaited between this look and the entry in the map: two at once must not share the same room.
    const promised = [...this.#files.values()].reduce((sum, other) => sum + other.bytesToCome, 0);
    requireRoom(fileName, { bytes: input.bytes, free: disk.bavail * disk.bsize - promised });
    const id = `upload-${ctx.clock.randomHex(8)}`;
    const file = new BroughtFile({ id, fileName, bytes: input.bytes, startedAt: ctx.clock.now(), folder });
    this.#files.set(file.id, file);
    try {
      await file.create();
      await ctx.audit({ caller, action: "upload.begin", target: file.id, detail: { fileName, bytes: file.bytes } });
    } catch (error) {
      await this.#forget(file);
      throw error;
    }
    this.#watchIdle();
    return file.view();
  }

  async get(id: string): Promise<UploadView> {
    await this.dropIdle();
    return this.#require(id).view();
  }

  async putPart(input: { id: string; part: number; body: AsyncIterable<Uint8Array> }): Promise<UploadView> {
    const file = this.#require(input.id);
    file.requireOpen();
    if (!Number.isInteger(input.part) || input.part < 0 || input.part >= file.parts) {
      throw new AppError("invalid_input", `${file.fileName} has the parts 0 to ${file.parts - 1}, not ${input.part}.`);
    }
    const leave = await this.#slots.enter(this.ctx.stopping);
    try {
      const bytes = await readPart(input.body, { part: input.part, length: file.lengthOf(input.part) });
      await file.write(input.part, bytes, this.ctx.clock.now());
    } finally {
      leave();
    }
    return file.view();
  }

  /** Asked again while its run is under way, it answers with that run. */
  async finish(caller: Caller, input: { id: string; note?: string }): Promise<{ operationId: string }> {
    const file = this.#require(input.id);
    if (file.registration) return file.registration;
    const { missing } = file;
    if (missing.length > 0) throw partsMissing(file, missing);
    // Set before anything is awaited: from here on no part is written any more.
    file.registration = this.#register(caller, file, input.note ?? "");
    return file.registration;
  }

  async drop(caller: Caller, input: { id: string }): Promise<void> {
    const file = this.#files.get(input.id);
    if (!file) return;
    await this.#endRun(caller, file);
    await this.#forget(file);
    await this.ctx.audit({ caller, action: "upload.drop", target: file.id, detail: { fileName: file.fileName } });
  }

  /** Drops every one that has got no part for a day. */
  async dropIdle(): Promise<void> {
    const since = this.ctx.clock.now().getTime() - IDLE_LIFE_MS;
    for (const file of [...this.#files.values()]) {
      if (file.registration || file.touchedAt.getTime() > since) continue;
      this.ctx.log.info({ upload: file.id, fileName: file.fileName }, "an upload without a part for a day was dropped");
      await this.#forget(file);
    }
  }

  async #register(caller: Caller, file: BroughtFile, note: string): Promise<{ operationId: string }> {
    try {
      await file.settled();
      const registration = await registerBrought(this.ctx, caller, { file, note });
      file.operationId = registration.operationId;
      inBackground(this.ctx, this.#afterwards(file, registration));
      return { operationId: registration.operationId };
    } catch (error) {
      file.registration = null;
      throw error;
    }
  }

  /** What was registered, refused or cancelled goes; after trouble with the storage or the machine it can be finished again. */
  async #afterwards(file: BroughtFile, { done }: Registration): Promise<void> {
    if ((await done) === "over") return this.#forget(file);
    file.registration = null;
    file.operationId = null;
    file.touchedAt = this.ctx.clock.now();
  }

  async #endRun(caller: Caller, file: BroughtFile): Promise<void> {
    if (!file.registration) return;
    const { operationId } = await file.registration;
    const active = this.ctx.operations.active().some(({ id }) => id === operationId);
    if (active) await this.ctx.operations.cancel(caller, operationId);
    await this.ctx.operations.wait(operationId);
  }

  async #forget(file: BroughtFile): Promise<void> {
    this.#files.delete(file.id);
    await file.remove();
  }

  #require(id: string): BroughtFile {
    const file = this.#files.get(id);
    if (!file) throw unknownUpload();
    return file;
  }

  /** Looks as long as there is something to look after. */
  #watchIdle(): void {
    if (this.#watched) return;
    this.#watched = true;
    const { clock, stopping } = this.ctx;
    const look = async () => {
      while (this.#files.size > 0 && !stopping.aborted) {
        await clock.sleep(IDLE_LOOK_MS, stopping);
        await this.dropIdle();
      }
    };
    inBackground(
      this.ctx,
      look().finally(() => {
        this.#watched = false;
      }),
    );
  }
}

/** Browsers on some systems send the whole path. */
function plainName(fileName: string): string {
  const name = fileName.split(/[\\/]/).at(-1)?.trim().slice(0, FILE_NAME_MAX_CHARACTERS);
  if (name) return name;
  throw new AppError("invalid_input", "The file has no name.");
}

function requireSize(fileName: string, bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new AppError("invalid_input", "bytes is the size of the file.");
  if (bytes >= SMALLEST_DATABASE_BYTES) return;
  throw new AppError(
    "invalid_input",
    `${fileName} has ${bytes} bytes: too few for a DuckDB database. Nothing was stored.`,
    { hint: "Choose a .duckdb file, closed by the program that wrote it." },
  );
}

function requireRoom(fileName: string, room: { bytes: number; free: number }): void {
  if (room.free >= room.bytes + DISK_RESERVE_BYTES) return;
  const free = formatSize(Math.max(0, room.free));
  throw new AppError(
    "disk_full",
    `${fileName} needs ${formatSize(room.bytes + DISK_RESERVE_BYTES)} on the disk of the data folder and ${free} are free. Nothing was stored; the database and the backups are not affected.`,
    { hint: "Free disk space, then bring the file again." },
  );
}

function partsMissing(file: BroughtFile, missing: number[]): AppError {
  const named = missing.slice(0, NAMED_MISSING_PARTS).join(", ");
  const more = missing.length > NAMED_MISSING_PARTS ? ", …" : "";
  return new AppError(
    "conflict",
    `${missing.length} of ${file.parts} parts of ${file.fileName} are missing (${named}${more}). Nothing was registered; what has come is kept.`,
    { hint: "Send the missing parts, then finish it again." },
  );
}

async function readPart(body: AsyncIterable<Uint8Array>, wanted: { part: number; length: number }): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(wanted.length);
  let length = 0;
  for await (const chunk of body) {
    if (length + chunk.length > wanted.length) throw wrongLength(wanted, `more than ${wanted.length}`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length < wanted.length) throw wrongLength(wanted, `only ${length}`);
  return bytes;
}

function wrongLength(wanted: { part: number; length: number }, came: string): AppError {
  return new AppError(
    "invalid_input",
    `Part ${wanted.part} has ${wanted.length} bytes, and ${came} came. It was not taken; the other parts are kept.`,
    { hint: "Send this part again." },
  );
}
