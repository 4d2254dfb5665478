export type TransferKind = "send" | "copy";

interface Tally {
  active: number;
  busySinceMs: number;
  busyMs: number;
  parts: number;
  bytes: number;
}

/** How fast parts move, each kind by itself: bytes over the time in which at least one of the kind was under way. */
export class TransferRates {
  readonly #tallies: Record<TransferKind, Tally> = { send: emptyTally(), copy: emptyTally() };

  /** `nowMs` never runs backwards. */
  constructor(private readonly nowMs: () => number) {}

  /** Counts the bytes only when `work` succeeds; its time counts in any case. */
  async measure<T>(kind: TransferKind, bytes: number, work: () => Promise<T>): Promise<T> {
    const tally = this.#tallies[kind];
    if (tally.active === 0) tally.busySinceMs = this.nowMs();
    tally.active += 1;
    try {
      const result = await work();
      tally.parts += 1;
      tally.bytes += bytes;
      return result;
    } finally {
      tally.active -= 1;
      if (tally.active === 0) tally.busyMs += this.nowMs() - tally.busySinceMs;
    }
  }

  parts(kind: TransferKind): number {
    return this.#tallies[kind].parts;
  }

  /** Bytes a second; null before the first part is through. */
  rate(kind: TransferKind): number | null {
    const { active, busySinceMs, busyMs, bytes } = this.#tallies[kind];
    if (bytes === 0) return null;
    const milliseconds = busyMs + (active > 0 ? this.nowMs() - busySinceMs : 0);
    return bytes / (Math.max(milliseconds, 1) / 1000);
  }
}

function emptyTally(): Tally {
  return { active: 0, busySinceMs: 0, busyMs: 0, parts: 0, bytes: 0 };
}
