import { z } from "zod";
import type { Clock } from "../clock";
import { AppError, hasCode } from "../errors";
import { readBody } from "../read-body";
import type { ObjectStore } from "../storage/object-store";

const ownerSchema = z.looseObject({
  serverId: z.string(),
  host: z.string(),
  since: z.string(),
  /** Its NESTEGG_ENVIRONMENT; marks of older versions have none. */
  environment: z.string().nullish(),
});

export type Owner = z.infer<typeof ownerSchema>;

export interface OwnershipOptions {
  store: ObjectStore;
  key: string;
  serverId: string;
  host: string;
  environment: string | null;
  clock: Clock;
}

/** What stands against this server at this path, for a page: the sentence begins with a small letter. */
export interface OwnerConflict {
  code: "other-server" | "other-environment";
  text: string;
  hint: string;
}

export const ownerKey = (at: { backupPrefix: string; databaseName: string }) =>
  `${at.backupPrefix}${at.databaseName}.owner.json`;

/** The mark with its ETag, or null where nobody has written one. */
export async function readOwner(
  store: Pick<ObjectStore, "get">,
  key: string,
): Promise<{ owner: Owner; etag: string } | null> {
  const body = await store.get(key);
  if (!body) return null;
  return { owner: ownerSchema.parse(JSON.parse((await readBody(body)).toString("utf8"))), etag: body.etag };
}

/**
 * Which server may delete under this path (invariant 7). A second server, or the same one as something else than the path is
 * marked for, may add backups, but must not prune, delete, adopt or clean up: it could be a test machine with production's settings.
 */
export class Ownership {
  #owner: Owner | null = null;

  constructor(private readonly options: OwnershipOptions) {}

  /** The last known owner; null until the bucket was read once. */
  get owner(): Owner | null {
    return this.#owner;
  }

  get ours(): boolean {
    return this.#owner !== null && this.conflict === null;
  }

  /** Null while the path is ours, or not known yet. */
  get conflict(): OwnerConflict | null {
    const { serverId, environment } = this.options;
    return this.#owner && ownerConflict(this.#owner, { serverId, environment });
  }

  /** Reads the mark, which another server's admin may have moved, and writes ours where there is none. */
  async establish(): Promise<void> {
    const { store, key, serverId, environment } = this.options;
    const found = await readOwner(store, key);
    if (!found) this.#owner = await this.#write({ ifNoneMatch: "*" });
    // An older version's mark, or one from before the setting, says nothing that could be contradicted.
    else if (found.owner.serverId === serverId && !found.owner.environment && environment)
      this.#owner = await this.#write({ ifMatch: found.etag });
    else this.#owner = found.owner;
  }

  /** An admin's decision, after the other server is known to be gone. */
  async takeOver(): Promise<void> {
    this.#owner = await this.#write({});
  }

  /** Looks in the bucket each time: after a take-over the server that slept must not go on deleting. */
  async requireOurs(action: string): Promise<void> {
    await this.establish();
    if (this.ours) return;
    const why = this.conflict?.text ?? "the owner of this backup path could not be read yet";
    throw new AppError(
      "not_owner",
      `${why.charAt(0).toUpperCase()}${why.slice(1)}, so Nestegg does not ${action} here. Backups go on.`,
      { hint: this.conflict?.hint ?? "Try again when the storage answers." },
    );
  }

  async #write(condition: { ifNoneMatch?: "*"; ifMatch?: string }): Promise<Owner> {
    const { store, key, serverId, host, environment, clock } = this.options;
    const mine = { serverId, host, environment, since: clock.now().toISOString() };
    try {
      await store.put(key, new TextEncoder().encode(`${JSON.stringify(mine)}\n`), {
        contentType: "application/json",
        ...condition,
      });
      return mine;
    } catch (error) {
      if (!hasCode(error, "storage_precondition")) throw error;
      const theirs = await readOwner(store, key);
      if (!theirs) throw error;
      return theirs.owner;
    }
  }
}

/** `serverId` null: not known, so only the environments are compared. */
export function ownerConflict(
  owner: Owner,
  me: { serverId: string | null; environment: string | null },
): OwnerConflict | null {
  const marked = owner.environment ?? null;
  if (marked !== null && marked !== me.environment) {
    const ours =
      me.environment === null ? "this server has no NESTEGG_ENVIRONMENT" : `this server is "${me.environment}"`;
    return {
      code: "other-environment",
      text: `this backup path is marked "${marked}" by the server on ${owner.host}, and ${ours}`,
      hint: "Give this server the bucket or path that is meant for it. If this is the right one, take the path over in Settings, Storage.",
    };
  }
  if (me.serverId === null || owner.serverId === me.serverId) return null;
  return {
    code: "other-server",
    text: `this backup path belongs to the server on ${owner.host} (${owner.serverId})`,
    hint: "If that server is gone for good, take the path over in Settings, Storage. Else give this server a path or bucket of its own.",
  };
}
