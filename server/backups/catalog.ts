import pLimit from "p-limit";
import type { Clock } from "../clock";
import { AppError, hasCode, isAppError } from "../errors";
import type { Log } from "../log";
import { readBody } from "../read-body";
import type { ObjectStore, StoredObject } from "../storage/object-store";
import { parseBackupId } from "./backup-id";
import { type CatalogManifest, type Manifest, parseManifest, withoutParts } from "./manifest";

/** Small objects read at once while the list is built; R2 answers each in some 50 ms. */
const MANIFESTS_AT_ONCE = 16;
/** A claim of another server younger than this may be a backup on its way. */
const FOREIGN_CLAIM_LIFE_MS = 24 * 3_600_000;

export const MANIFEST_SUFFIX = ".json";
export const CLAIM_SUFFIX = ".claim";

export interface CatalogEntry {
  id: string;
  object: StoredObject | null;
  manifestEtag: string | null;
  /** When the manifest was last written, by the store's clock or, for our own writes, by ours. */
  manifestAt?: Date | null;
  manifest: CatalogManifest | null;
  /** Set when the manifest is there but cannot be read. */
  problem: string | null;
}

export interface Claim {
  id: string;
  key: string;
  createdAt: Date;
}

interface CatalogOptions {
  store: ObjectStore;
  prefix: string;
  databaseName: string;
  clock: Clock;
  log: Log;
}

/**
 * The list of backups, read from the bucket, which alone is the truth. Manifests are kept by ETag, so a new reading costs one
 * listing and the manifests that changed. A reading that fails leaves the last one in place and says since when it is old.
 */
export class Catalog {
  #entries = new Map<string, CatalogEntry>();
  #claims: Claim[] = [];
  #readAt: Date | null = null;
  #problem: AppError | null = null;
  #reading: Promise<void> | null = null;
  /** What this process changed while a reading was under way: the reading may have seen the state before it. */
  #changedDuring: Map<string, CatalogEntry | null> | null = null;

  constructor(private readonly options: CatalogOptions) {}

  get readAt(): Date | null {
    return this.#readAt;
  }

  get problem(): AppError | null {
    return this.#problem;
  }

  get claims(): readonly Claim[] {
    return this.#claims;
  }

  /** Newest first. */
  entries(): CatalogEntry[] {
    return [...this.#entries.values()].sort((a, b) => timeOf(b.id) - timeOf(a.id) || (a.id < b.id ? 1 : -1));
  }

  get(id: string): CatalogEntry | undefined {
    return this.#entries.get(id);
  }

  keyOf(id: string): string {
    return `${this.options.prefix}${id}`;
  }

  manifestKeyOf(id: string): string {
    return `${this.keyOf(id)}${MANIFEST_SUFFIX}`;
  }

  claimKeyOf(id: string): string {
    return `${this.keyOf(id)}${CLAIM_SUFFIX}`;
  }

  /** Reads the bucket now, or joins a reading that began after this call could have changed anything. Throws when it fails. */
  async refresh(): Promise<void> {
    if (this.#reading) await this.#reading.catch(() => undefined);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** Whole manifest with its part hashes, fresh from the bucket; null when there is none. */
  async readManifest(id: string): Promise<{ manifest: Manifest; etag: string } | null> {
    const body = await this.options.store.get(this.manifestKeyOf(id));
    if (!body) return null;
    return { manifest: parseManifest(id, await readBody(body)), etag: body.etag };
  }

  /** Our own change, known without another reading. `null` removes the row. */
  note(id: string, entry: CatalogEntry | null): void {
    if (entry) this.#entries.set(id, entry);
    else this.#entries.delete(id);
    this.#changedDuring?.set(id, entry);
  }

  noteManifest(id: string, manifest: Manifest, etag: string, object?: StoredObject): void {
    const known = this.#entries.get(id);
    this.note(id, {
      id,
      object: object ?? known?.object ?? null,
      manifestEtag: etag,
      manifestAt: this.options.clock.now(),
      manifest: withoutParts(manifest),
      problem: null,
    });
  }

  async #read(): Promise<void> {
    const changed = new Map<string, CatalogEntry | null>();
    this.#changedDuring = changed;
    try {
      const { entries, claims } = await this.#listBucket();
      for (const [id, entry] of changed) {
        if (entry) entries.set(id, entry);
        else entries.delete(id);
      }
      this.#entries = entries;
      this.#claims = claims;
      this.#readAt = this.options.clock.now();
      this.#problem = null;
    } catch (error) {
      this.#problem = isAppError(error)
        ? error
        : new AppError("internal", "The bucket's list could not be read.", { cause: error });
      throw error;
    } finally {
      this.#changedDuring = null;
    }
  }

  async #listBucket(): Promise<{ entries: Map<string, CatalogEntry>; claims: Claim[] }> {
    const { store, prefix, databaseName } = this.options;
    const objects = new Map<string, StoredObject>();
    const manifests = new Map<string, StoredObject>();
    const claims: Claim[] = [];
    for await (const object of store.list(`${prefix}${databaseName}-`)) {
      const name = object.key.slice(prefix.length);
      const [id, kind] = splitName(name);
      if (parseBackupId(id)?.database !== databaseName) continue;
      if (kind === "object") objects.set(id, object);
      else if (kind === "manifest") manifests.set(id, object);
      else claims.push({ id, key: object.key, createdAt: object.lastModified });
    }
    const entries = new Map<string, CatalogEntry>();
    const limit = pLimit(MANIFESTS_AT_ONCE);
    await Promise.all(
      [...manifests].map(([id, found]) =>
        limit(async () => entries.set(id, await this.#entryOf(id, objects.get(id) ?? null, found))),
      ),
    );
    const claimed = this.#idsOnTheirWay(claims);
    for (const [id, object] of objects) {
      if (!entries.has(id) && !claimed.has(id))
        entries.set(id, { id, object, manifestEtag: null, manifest: null, problem: null });
    }
    return { entries, claims };
  }

  async #entryOf(id: string, object: StoredObject | null, found: StoredObject): Promise<CatalogEntry> {
    const known = this.#entries.get(id);
    if (known?.manifestEtag === found.etag) return { ...known, object, manifestAt: found.lastModified };
    try {
      const read = await this.readManifest(id);
      return {
        id,
        object,
        manifestEtag: read?.etag ?? null,
        manifestAt: found.lastModified,
        manifest: read ? withoutParts(read.manifest) : null,
        problem: null,
      };
    } catch (error) {
      if (!hasCode(error, "backup_damaged")) throw error;
      this.options.log.warn({ id, err: error }, "manifest cannot be read");
      return { id, object, manifestEtag: found.etag, manifest: null, problem: error.message };
    }
  }

  #idsOnTheirWay(claims: Claim[]): Set<string> {
    const oldest = this.options.clock.now().getTime() - FOREIGN_CLAIM_LIFE_MS;
    return new Set(claims.filter((claim) => claim.createdAt.getTime() > oldest).map((claim) => claim.id));
  }
}

function splitName(name: string): [id: string, kind: "object" | "manifest" | "claim"] {
  if (name.endsWith(MANIFEST_SUFFIX)) return [name.slice(0, -MANIFEST_SUFFIX.length), "manifest"];
  if (name.endsWith(CLAIM_SUFFIX)) return [name.slice(0, -CLAIM_SUFFIX.length), "claim"];
  return [name, "object"];
}

function timeOf(id: string): number {
  return parseBackupId(id)?.time.getTime() ?? 0;
}
