import { stat } from "node:fs/promises";
import { join } from "node:path";
import { choosePartBytes, choosePartsInFlight } from "../server/backups/part-size";
import type { StoreSettings } from "../server/storage/object-store";
import type { BaseFile, DownloadJob, UploadJob } from "../server/worker/protocol";
import type { MeasureJob } from "./measured-worker";
import type { Work } from "./transfer-results";

export interface OwnRestore {
  /** Fetched, every part and block checked, synced: as far as no other tool goes. */
  checked: Work;
  /** Opened as well and every row read. */
  whole: Work;
}

/** Our side of a round: the jobs that the server gives its worker, each with the first backup of the round as its base. */
export class OwnSide {
  #base: BaseFile | null = null;
  #sendRate: number | null = null;

  constructor(
    private readonly measureJob: MeasureJob,
    private readonly place: { store: StoreSettings; prefix: string; scratch: string },
  ) {}

  async firstBackup(file: string): Promise<Work> {
    const key = `${this.place.prefix}nestegg/first.duckdb`;
    const { work, result, job } = await this.#backUp(file, key, null);
    const { etag, bytes, parts, headerSha256 } = result;
    this.#base = { key, etag, bytes, partBytes: job.partBytes, parts, headerSha256, sameHistory: true };
    this.#sendRate = result.sendRate;
    return work;
  }

  /** `sameHistory: false` hides what the header says, as after a restore: the parts' hashes have to tell it. */
  async backup(file: string, name: string, { sameHistory }: { sameHistory: boolean }): Promise<Work> {
    const key = `${this.place.prefix}nestegg/${name}.duckdb`;
    const { work, result } = await this.#backUp(file, key, { ...this.#baseOrThrow(), sameHistory });
    if (result.copyGivenUp) console.log(`  (${name}: copying was given up, the rest was sent)`);
    return work;
  }

  /** Of the first backup; `basePath` may hold equal parts. The target must not be there. */
  async restore(store: StoreSettings, targetPath: string, basePath: string | null): Promise<OwnRestore> {
    const { key, etag, bytes, partBytes, parts } = this.#baseOrThrow();
    const stored = { key, etag, bytes, partBytes, parts };
    const job: DownloadJob = { kind: "download", store, ...stored, targetPath, basePath };
    const { result, usage, checked } = await this.measureJob(job);
    const traffic = { bytes: result.fetchedBytes, requests: null };
    if (!checked) throw new Error("the worker did not tell when all was checked");
    return { checked: { usage: checked, ...traffic }, whole: { usage, ...traffic } };
  }

  #baseOrThrow(): BaseFile {
    if (!this.#base) throw new Error("no first backup yet");
    return this.#base;
  }

  async #backUp(databasePath: string, key: string, base: BaseFile | null) {
    const partBytes = choosePartBytes((await stat(databasePath)).size);
    const job: UploadJob = {
      kind: "upload",
      databasePath,
      store: this.place.store,
      key,
      partBytes,
      partsInFlight: choosePartsInFlight(partBytes),
      metadata: {},
      contentDisposition: 'attachment; filename="bench.duckdb"',
      scratchFile: join(this.place.scratch, "set-aside"),
      base,
      unfinished: null,
      keepUnfinished: false,
      knownSendRate: this.#sendRate,
      budgetMs: null,
    };
    const { result, usage } = await this.measureJob(job);
    const { classA, classB, free } = result.requests;
    return { job, result, work: { usage, bytes: result.sentBytes, requests: classA + classB + free } };
  }
}
