import { z } from "zod";
import type { Clock } from "../clock";
import { AppError, hasCode } from "../errors";
import { readBody } from "../read-body";
import type { ObjectStore } from "../storage/object-store";

const ownerSchema = z.looseObject({ serverId: z.string(), host: z.string(), since: z.string() });

export type Owner = z.infer<typeof ownerSchema>;

interface OwnershipOptions {
  store: ObjectStore;
  key: string;
  serverId: string;
  host: string;
  clock: Clock;
}

/**
 * Which server may delete under this path (invariant 7). A second server may add backups, but must not prune, delete,
 * adopt or clean up: it could be a test machine with production's settings.
 */
export class Ownership {
  #owner: Owner | null = null;

  constructor(private readonly options: OwnershipOptions) {}

  /** The last known owner; null until the bucket was read once. */
  get owner(): Owner | null {
    return this.#owner;
  }

  get ours(): boolean {
    return this.#owner?.serverId === this.options.serverId;
  }

  /** Reads the mark, which another server's admin may have moved, and writes ours where there is none. */
  async establish(): Promise<void> {
    this.#owner = (await this.#read()) ?? (await this.#write("if-none"));
  }

  /** An admin's decision, after the other server is known to be gone. */
  async takeOver(): Promise<void> {
    this.#owner = await this.#write("over");
  }

  /** Looks in the bucket each time: after a take-over the server that slept must not go on deleting. */
  async requireOurs(action: string): Promise<void> {
    await this.establish();
    if (this.ours) return;
    const who = this.#owner
      ? `belongs to the server on ${this.#owner.host} (${this.#owner.serverId})`
      : "could not be read yet, so its owner is not known";
    throw new AppError("not_owner", `This backup path ${who}, so Nestegg does not ${action} here. Backups go on.`, {
      hint: "If that server is gone for good, take the path over in Settings, Storage. Else give this server a path or bucket of its own.",
    });
  }

  async #read(): Promise<Owner | null> {
    const body = await this.options.store.get(this.options.key);
    if (!body) return null;
    return ownerSchema.parse(JSON.parse((await readBody(body)).toString("utf8")));
  }

  async #write(mode: "if-none" | "over"): Promise<Owner> {
    const { store, key, serverId, host, clock } = this.options;
    const mine = { serverId, host, since: clock.now().toISOString() };
    try {
      await store.put(key, new TextEncoder().encode(`${JSON.stringify(mine)}\n`), {
        contentType: "application/json",
        ...(mode === "if-none" ? { ifNoneMatch: "*" as const } : {}),
      });
      return mine;
    } catch (error) {
      if (!hasCode(error, "storage_precondition")) throw error;
      const theirs = await this.#read();
      if (!theirs) throw error;
      return theirs;
    }
  }
}
