import type { Clock } from "../clock";
import { AppError, hasCode } from "../errors";
import type { ObjectStore } from "../storage/object-store";
import type { Catalog } from "./catalog";
import { type Manifest, serializeManifest } from "./manifest";

/** Others may edit the same manifest (a second server); each lost race costs one more read. */
const MAX_TRIES = 8;

/**
 * The one way to change a manifest: read, change, write only over what was read (invariant 4). Edits of one id wait for
 * each other. A missing manifest is never made anew. `change` may throw to refuse and may be called again.
 */
export class ManifestEditor {
  #queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: ObjectStore,
    private readonly catalog: Catalog,
    private readonly clock: Clock,
  ) {}

  update(id: string, change: (manifest: Manifest) => Manifest): Promise<Manifest> {
    return this.exclusively(id, () => this.#rewrite(id, change));
  }

  /** For deletion, which must not meet an edit of the same id. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(id) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    const settled = mine
      .catch(() => undefined)
      .finally(() => {
        if (this.#queues.get(id) === settled) this.#queues.delete(id);
      });
    this.#queues.set(id, settled);
    return mine;
  }

  async #rewrite(id: string, change: (manifest: Manifest) => Manifest): Promise<Manifest> {
    for (let attempt = 1; ; attempt += 1) {
      const current = await this.catalog.readManifest(id);
      if (!current) throw unknownBackup(id);
      const next = { ...change(current.manifest), revision: this.clock.randomHex(8) };
      try {
        const { etag } = await this.store.put(this.catalog.manifestKeyOf(id), serializeManifest(next), {
          ifMatch: current.etag,
          contentType: "application/json",
        });
        this.catalog.noteManifest(id, next, etag);
        return next;
      } catch (error) {
        if (!hasCode(error, "storage_precondition") || attempt === MAX_TRIES) throw error;
      }
    }
  }
}

export function unknownBackup(id: string): AppError {
  return new AppError("not_found", `There is no backup ${id}.`, {
    hint: "List the backups: it may have been deleted, by a person or by retention; Activity says when.",
  });
}
