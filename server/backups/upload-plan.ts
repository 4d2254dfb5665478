import type { RequestCounts } from "../storage/object-store";
import type { FromWorker, StoredPart, UnfinishedParts } from "../worker/protocol";
import { type Base, chooseBase } from "./choose-base";
import type { BackupContext } from "./context";
import { choosePartBytes, choosePartsInFlight } from "./part-size";
import { addRequests, NO_REQUESTS, requestsSince } from "./request-tally";

/** What all tries of one backup have in common: the parts' size, the base, and what is stored so far. */
export class UploadPlan {
  readonly partBytes: number;
  readonly partsInFlight: number;
  readonly base: Base | null;
  #begun: { uploadId: string; writeMark: string } | null = null;
  readonly #stored = new Map<number, StoredPart>();
  #requests: RequestCounts = NO_REQUESTS;

  static async make(ctx: BackupContext, file: { bytes: number; lineage: string }): Promise<UploadPlan> {
    const partBytes = choosePartBytes(file.bytes);
    const before = ctx.store.requestCounts();
    const plan = new UploadPlan(partBytes, await chooseBase(ctx, { partBytes, lineage: file.lineage }));
    plan.#requests = requestsSince(before, ctx.store.requestCounts());
    return plan;
  }

  private constructor(partBytes: number, base: Base | null) {
    this.partBytes = partBytes;
    this.partsInFlight = choosePartsInFlight(partBytes);
    this.base = base;
  }

  /** Null before the upload was begun, and again when it is over. */
  get unfinished(): UnfinishedParts | null {
    return this.#begun && { ...this.#begun, parts: [...this.#stored.values()] };
  }

  get storedParts(): number {
    return this.#stored.size;
  }

  /** Of all tries, those that failed included, and of the choice of the base. */
  get requests(): RequestCounts {
    return this.#requests;
  }

  /** The store does not know the upload any more. */
  forget(): void {
    this.#begun = null;
    this.#stored.clear();
  }

  hear(message: FromWorker): void {
    if (message.type === "requests") this.#requests = addRequests(this.#requests, message.counts);
    if (message.type === "upload-over") this.forget();
    if (message.type === "part-stored") this.#stored.set(message.part.receipt.partNumber, message.part);
    if (message.type !== "upload-started") return;
    this.forget();
    this.#begun = { uploadId: message.uploadId, writeMark: message.writeMark };
  }
}
