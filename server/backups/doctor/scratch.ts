import type { DoctorContext, ScratchLeft, ScratchNotes } from "./context";

/** Another server's doctor, or one of the command line, may be at work; none takes this long for its trials. */
const FOREIGN_LIFE_MS = 60 * 60_000;
const TOKEN_BYTES = 8;
/** What a trial may be called. A key of any other form under the prefix was never ours, so no sweep takes it. */
const NAMES = ["object", "copy", "parts", "dropped", "part-copy"] as const;
export type ScratchName = (typeof NAMES)[number];
const FORM = new RegExp(`^([0-9a-f]{${2 * TOKEN_BYTES}})-(?:${NAMES.join("|")})$`);

type Ctx = Pick<DoctorContext, "store" | "clock" | "prefix" | "databaseName" | "ownership">;
type Place = Pick<Ctx, "prefix" | "databaseName">;

/** The names under which one run tries the store, beside those of backups and never of their form. */
export class Scratch {
  readonly #left: ScratchLeft;
  readonly #keys = new Set<string>();

  constructor(
    private readonly ctx: Ctx,
    private readonly notes: ScratchNotes | null,
  ) {
    this.#left = { token: ctx.clock.randomHex(TOKEN_BYTES), uploads: [] };
  }

  static prefix({ prefix, databaseName }: Place): string {
    return `${prefix}${databaseName}.check-`;
  }

  get ownPrefix(): string {
    return `${Scratch.prefix(this.ctx)}${this.#left.token}`;
  }

  /** Noted before the first byte is written: a doctor that is killed is cleaned up after by the next one. */
  async begin(): Promise<void> {
    await this.#note(true);
  }

  key(name: ScratchName): string {
    const key = `${this.ownPrefix}-${name}`;
    this.#keys.add(key);
    return key;
  }

  async uploadBegun(key: string, uploadId: string): Promise<void> {
    this.#left.uploads.push({ key, uploadId });
    await this.#note(true);
  }

  uploadOver(uploadId: string): void {
    this.#left.uploads = this.#left.uploads.filter((upload) => upload.uploadId !== uploadId);
  }

  /** Throws what the store says; what could not be removed stays noted. */
  async deleteAll(): Promise<void> {
    for (const key of this.#keys) {
      await this.ctx.store.delete(key);
      this.#keys.delete(key);
    }
  }

  /** The last thing of a run, whatever became of its trials. Never rejects: the rows have said what the store refuses. */
  async sweep(): Promise<void> {
    let clean = true;
    const tried = (work: Promise<unknown>) =>
      work.catch(() => {
        clean = false;
      });
    for (const { key, uploadId } of [...this.#left.uploads]) {
      await tried(this.ctx.store.abortMultipart(key, uploadId).then(() => this.uploadOver(uploadId)));
    }
    await tried(this.deleteAll());
    await tried(this.#note(!clean));
  }

  async #note(isLeft: boolean): Promise<void> {
    if (!this.notes) return;
    const others = (await this.notes.read()).filter(({ token }) => token !== this.#left.token);
    await this.notes.write(isLeft ? [...others, this.#left] : others);
  }
}

/** Whose trial a key was; null for a key that no doctor made. */
function tokenOf(key: string, place: Place): string | null {
  return FORM.exec(key.slice(Scratch.prefix(place).length))?.[1] ?? null;
}

/** Removes what killed doctors left: this server's own at once, of others what is old and in a path of ours. Returns how many. */
export async function sweepLeftovers(ctx: Ctx, notes: ScratchNotes | null): Promise<number> {
  const left = (await notes?.read()) ?? [];
  const uploads = left.flatMap((one) => one.uploads);
  for (const { key, uploadId } of uploads) await ctx.store.abortMultipart(key, uploadId);
  const own = new Set(left.map(({ token }) => token));
  // By the store's clock, which stamped them.
  const oldest = ctx.clock.now().getTime() + (ctx.store.clockOffsetMs() ?? 0) - FOREIGN_LIFE_MS;
  let count = uploads.length;
  for await (const { key, lastModified } of ctx.store.list(Scratch.prefix(ctx))) {
    const token = tokenOf(key, ctx);
    if (token === null) continue;
    if (!own.has(token) && (!ctx.ownership?.ours || lastModified.getTime() > oldest)) continue;
    await ctx.store.delete(key);
    count += 1;
  }
  if (left.length > 0) await notes?.write([]);
  return count;
}
