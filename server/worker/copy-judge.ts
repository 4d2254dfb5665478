import type { TransferRates } from "./transfer-rates";

/** Below this a rate says nothing: the first requests also pay for their connections. */
const COPIES_TO_JUDGE = 8;
/** With fewer parts sent in this run, what earlier backups measured says more. */
const SENT_TO_COMPARE = 2;
/** A choice, not a measurement: both rates are noisy, and a copy also saves bytes, so it must be clearly slower. */
const CLEARLY = 0.8;
/** One failed copy is an accident of its part; more mean that the base is gone or may not be read. */
const FAILURES_TO_GIVE_UP = 3;

/** Copying is an optimisation that may never lose: where it is slower than sending, or fails, it is given up. */
export class CopyJudge {
  #failures = 0;

  /** `byClock` false: only failures count. `knownSendRate` in bytes a second. */
  constructor(
    private readonly rates: TransferRates,
    private readonly options: { byClock: boolean; knownSendRate: number | null },
  ) {}

  /** What one failed copy means for the others. */
  afterFailure(): "go on" | "give up" {
    this.#failures += 1;
    return this.#failures >= FAILURES_TO_GIVE_UP ? "give up" : "go on";
  }

  /** Asked after each copy. Without any rate of sending there is nothing to compare with. */
  afterCopy(): "go on" | "give up" {
    if (!this.options.byClock || this.rates.parts("copy") < COPIES_TO_JUDGE) return "go on";
    const sending = this.#sendRate();
    return sending !== null && (this.rates.rate("copy") ?? 0) < sending * CLEARLY ? "give up" : "go on";
  }

  /** This run's counts first: it was measured beside the same copies, an earlier one may have had the line for itself. */
  #sendRate(): number | null {
    const now = this.rates.rate("send");
    return this.rates.parts("send") >= SENT_TO_COMPARE ? now : (this.options.knownSendRate ?? now);
  }
}
