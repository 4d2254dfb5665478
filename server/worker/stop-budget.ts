import { AppError } from "../errors";
import type { UploadJob } from "./protocol";

/** A choice, not a measurement: rates vary, and only what is clearly hopeless is ended before its time. */
const DOUBT = 1.5;

/** What still fits into the time of a stop. Without a budget everything does. */
export class StopBudget {
  readonly #job: Pick<UploadJob, "budgetMs" | "knownSendRate">;
  readonly #nowMs: () => number;
  readonly #startedMs: number;

  constructor(job: Pick<UploadJob, "budgetMs" | "knownSendRate">, nowMs: () => number) {
    this.#job = job;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** The line is too slow for a file of this size: nothing is to be sent before it is known how much must be. */
  asksForPlan(fileBytes: number): boolean {
    const { budgetMs, knownSendRate } = this.#job;
    return budgetMs !== null && knownSendRate !== null && (fileBytes / knownSendRate) * 1000 > budgetMs;
  }

  /** Throws `out_of_time` when sending `bytes` would need far longer than is left. `rate` is this run's, null while too few parts were sent to tell. */
  require(bytes: number, rate: number | null): void {
    const { budgetMs, knownSendRate } = this.#job;
    const bytesPerSecond = rate ?? knownSendRate;
    if (budgetMs === null || !bytesPerSecond || bytes <= 0) return;
    const leftMs = budgetMs - (this.#nowMs() - this.#startedMs);
    const neededMs = (bytes / bytesPerSecond) * 1000;
    if (neededMs > leftMs * DOUBT) throw outOfTime({ bytes, bytesPerSecond, neededMs, leftMs });
  }
}

function outOfTime(plan: { bytes: number; bytesPerSecond: number; neededMs: number; leftMs: number }): AppError {
  const megabytes = Math.round(plan.bytes / 1e6);
  const speed = (plan.bytesPerSecond / 1e6).toFixed(1);
  const needed = Math.round(plan.neededMs / 1000);
  const left = Math.max(0, Math.round(plan.leftMs / 1000));
  return new AppError(
    "out_of_time",
    `${megabytes} MB are still to be sent at ${speed} MB/s: about ${needed} s where ${left} s are left. The backup was ended here; the database loses nothing.`,
    {
      hint: "The next start takes it. A larger SHUTDOWN_BUDGET_SECONDS, or more frequent backups, make a stop's share fit.",
    },
  );
}
