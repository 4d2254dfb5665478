import { createHash } from "node:crypto";
import { hasCode } from "../errors";
import type { MultipartUpload } from "../storage/object-store";
import { CopyJudge } from "./copy-judge";
import type { HeldSource, PartBody } from "./held-source";
import type { BaseFile, FromWorker, StoredPart, UploadJob } from "./protocol";
import { StopBudget } from "./stop-budget";
import { TransferRates } from "./transfer-rates";

/** Copies cost this machine nothing but the wait for an answer; 8 and 16 measured the same. */
const COPIES_AT_ONCE = 8;
interface MoverDeps {
  job: UploadJob;
  source: HeldSource;
  /** Looked at and found to be what its manifest says; null: all is sent. */
  base: BaseFile | null;
  /** Stores that clone files lose nothing by copying, whatever a clock says. */
  judgeCopies: boolean;
  /** Begins the upload, or goes on with the unfinished one. Called once. */
  begin(): Promise<MultipartUpload>;
  /** True while the base is still what it was. */
  baseStands(): Promise<boolean>;
  signal: AbortSignal;
  send(message: FromWorker): void;
  nowMs(): number;
}

/**
 * Brings the parts of one snapshot into one upload: what the base has at the same place is copied, the rest is sent, at most
 * `partsInFlight` bodies in memory. The upload is begun with the first part that the base does not have. A part that was
 * copied can be asked of the source again until the base was looked at after the last copy.
 */
export class PartMover {
  readonly hashes: string[] = [];
  readonly rates: TransferRates;
  copyGivenUp = false;

  readonly #deps: MoverDeps;
  readonly #stored = new Map<number, StoredPart["how"]>();
  readonly #bytes = { sent: 0, copied: 0 };
  readonly #earlier: Map<number, StoredPart>;
  readonly #sending = new Set<Promise<void>>();
  readonly #copying = new Set<Promise<void>>();
  /** Of the base; to be copied. */
  #toCopy: number[] = [];
  /** Let go of by the reader; to be read again and sent. */
  #toSend: number[] = [];
  #upload: MultipartUpload | null = null;
  #failure: unknown = null;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #judge: CopyJudge;
  readonly #budget: StopBudget;

  constructor(deps: MoverDeps) {
    this.#deps = deps;
    this.rates = new TransferRates(deps.nowMs);
    const { knownSendRate } = deps.job;
    this.#judge = new CopyJudge(this.rates, { byClock: deps.judgeCopies, knownSendRate });
    this.#budget = new StopBudget(deps.job, deps.nowMs);
    this.#earlier = new Map(deps.job.unfinished?.parts.map((part) => [part.receipt.partNumber, part]));
    // One failed part stops the rest; the first error is the one to tell.
    this.#signal = AbortSignal.any([deps.signal, this.#stop.signal]);
  }

  get upload(): MultipartUpload | null {
    return this.#upload;
  }

  /** Every part is the base's, and it has no more: nothing was begun. */
  get unchanged(): boolean {
    const { source, base } = this.#deps;
    return !this.#upload && base?.bytes === source.facts.bytes && this.#toCopy.length === source.partCount;
  }

  bytes(how: StoredPart["how"]): number {
    return this.#bytes[how];
  }

  /** Reads the snapshot to its end; what is not in the base is on its way or stored when this resolves. */
  async readAll(): Promise<void> {
    const { source, job } = this.#deps;
    this.#requireTime();
    if (job.unfinished) await this.#begin();
    for (let part = await source.next(); part && !this.#failure; part = await source.next()) {
      const sha256 = hashOf(part.bytes);
      this.hashes.push(sha256);
      if (await this.#isLeftForLater(part.partNumber, sha256)) {
        part.giveBack();
        continue;
      }
      await this.#startSending(part, sha256);
      while (this.#sending.size >= job.partsInFlight) await Promise.race(this.#sending);
    }
    this.#throwFailure();
  }

  /** Stores what is left. Resolves when every part is in the upload and the source is not needed any more. */
  async finish(): Promise<MultipartUpload> {
    const { source } = this.#deps;
    try {
      this.#requireTime();
      const upload = await this.#begin();
      await this.#drain();
      const copied = this.#copied();
      if (copied.length > 0 && !(await this.#deps.baseStands())) {
        // Whatever was copied may be of another object.
        this.giveUpCopying();
        for (const partNumber of copied) this.#stored.delete(partNumber);
        this.#bytes.copied = 0;
        this.#toSend.push(...copied);
        await this.#drain();
      }
      await source.settle(this.#copied());
      return upload;
    } catch (error) {
      this.#fail(error);
      await this.#allSettled();
      throw this.#failure;
    }
  }

  /** Stops what is under way and waits until it has stopped. */
  async abandon(error: unknown): Promise<void> {
    this.#fail(error);
    await this.#allSettled();
  }

  giveUpCopying(): void {
    this.copyGivenUp = true;
    this.#toSend.push(...this.#toCopy);
    this.#toCopy = [];
  }

  async #begin(): Promise<MultipartUpload> {
    this.#upload ??= await this.#deps.begin();
    return this.#upload;
  }

  /** The bytes are not needed now: the store has the part, or it is to be copied, or sent once it is known how much must be. */
  async #isLeftForLater(partNumber: number, sha256: string): Promise<boolean> {
    if (await this.#tookOver(partNumber, sha256)) return true;
    if (this.#mayCopy(partNumber, sha256)) {
      this.#toCopy.push(partNumber);
      this.#pumpCopies();
      return true;
    }
    if (this.#upload || !this.#budget.asksForPlan(this.#deps.source.facts.bytes)) return false;
    this.#toSend.push(partNumber);
    return true;
  }

  /** Of an earlier try. A copied part counts only while its base is the one of this try. */
  async #tookOver(partNumber: number, sha256: string): Promise<boolean> {
    const earlier = this.#earlier.get(partNumber);
    if (earlier?.sha256 !== sha256 || (earlier.how === "copied" && !this.#deps.base)) return false;
    this.#markStored(partNumber, earlier.how);
    if (earlier.how === "sent") await this.#deps.source.settle([partNumber]);
    return true;
  }

  #mayCopy(partNumber: number, sha256: string): boolean {
    return !this.copyGivenUp && this.#deps.base?.parts[partNumber - 1] === sha256;
  }

  #pumpCopies(): void {
    while (this.#upload && !this.#failure && this.#copying.size < COPIES_AT_ONCE) {
      const partNumber = this.#toCopy.shift();
      if (partNumber === undefined) return;
      track(this.#copying, this.#copyPart(this.#upload, partNumber));
    }
  }

  async #copyPart(upload: MultipartUpload, partNumber: number): Promise<void> {
    const { base, job, source } = this.#deps;
    if (!base) throw new Error(`part ${partNumber} was to be copied from nowhere`);
    const bytes = source.bytesOf(partNumber);
    const start = (partNumber - 1) * job.partBytes;
    try {
      const receipt = await this.rates.measure("copy", bytes, () =>
        upload.copyPart(partNumber, base.key, { start, end: start + bytes - 1 }, this.#signal),
      );
      this.#noteStored({ receipt, sha256: this.#hash(partNumber), how: "copied" });
    } catch (error) {
      if (this.#signal.aborted || hasCode(error, "storage_upload_gone", "cancelled")) return this.#fail(error);
      this.#toSend.push(partNumber);
      if (this.#judge.afterFailure() === "give up") this.giveUpCopying();
    }
    this.#followJudge();
    this.#pumpCopies();
  }

  #followJudge(): void {
    if (this.copyGivenUp) return;
    if (this.#judge.afterCopy() === "give up") this.giveUpCopying();
  }

  async #startSending(part: PartBody, sha256: string): Promise<void> {
    const upload = await this.#begin();
    track(this.#sending, this.#sendPart(upload, part, sha256));
    // From here on the bytes are in memory.
    await this.#deps.source.settle([part.partNumber]);
  }

  async #sendPart(upload: MultipartUpload, { partNumber, bytes, giveBack }: PartBody, sha256: string): Promise<void> {
    try {
      const receipt = await this.rates.measure("send", bytes.length, () =>
        upload.putPart(partNumber, bytes, sha256, this.#signal),
      );
      giveBack();
      this.#noteStored({ receipt, sha256, how: "sent" });
      this.#requireTime();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #drain(): Promise<void> {
    const { source, job } = this.#deps;
    for (;;) {
      this.#throwFailure();
      this.#requireTime();
      this.#pumpCopies();
      while (this.#sending.size < job.partsInFlight) {
        const partNumber = this.#toSend.shift();
        if (partNumber === undefined) break;
        const part = await source.again(partNumber);
        const sha256 = hashOf(part.bytes);
        // A free block may have been written since the first look: the part is what is sent now.
        this.hashes[partNumber - 1] = sha256;
        await this.#startSending(part, sha256);
      }
      if (this.#sending.size + this.#copying.size === 0) {
        if (this.#toSend.length + this.#toCopy.length === 0) return this.#throwFailure();
        continue;
      }
      await Promise.race([...this.#sending, ...this.#copying]);
    }
  }

  #noteStored(part: StoredPart): void {
    this.#deps.send({ type: "part-stored", part });
    this.#markStored(part.receipt.partNumber, part.how);
  }

  #markStored(partNumber: number, how: StoredPart["how"]): void {
    const { source, send } = this.#deps;
    this.#stored.set(partNumber, how);
    this.#bytes[how] += source.bytesOf(partNumber);
    send({ type: "progress", doneBytes: this.#bytes.sent + this.#bytes.copied, totalBytes: source.facts.bytes });
  }

  #copied(): number[] {
    return [...this.#stored].filter(([, how]) => how === "copied").map(([partNumber]) => partNumber);
  }

  #hash(partNumber: number): string {
    return this.hashes[partNumber - 1] ?? "";
  }

  /** What is left is known to the byte once all is read, and from the beginning when all must be sent. */
  #requireTime(): void {
    const { job, source, base } = this.#deps;
    const isKnown = this.hashes.length === source.partCount || (!base && !job.unfinished);
    if (!isKnown) return;
    // What is on its way may be nearly there.
    const underWay = (this.#toCopy.length + this.#copying.size + this.#sending.size) * job.partBytes;
    // Parts that share the line end late and together: after one round of them the rate is a fraction of the truth.
    const isMeasured = this.rates.parts("send") >= 2 * job.partsInFlight;
    this.#budget.require(
      source.facts.bytes - this.#bytes.sent - this.#bytes.copied - underWay,
      isMeasured ? this.rates.rate("send") : null,
    );
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#stop.abort();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }

  async #allSettled(): Promise<void> {
    await Promise.all([...this.#sending, ...this.#copying]);
  }
}

function hashOf(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

function track(pool: Set<Promise<void>>, work: Promise<void>): void {
  const tracked: Promise<void> = work.finally(() => pool.delete(tracked));
  pool.add(tracked);
}
