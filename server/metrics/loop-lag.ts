import { monitorEventLoopDelay } from "node:perf_hooks";

/** A timer of this length is measured: what it takes longer is the lag. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

export interface LoopLag {
  mean: number;
  p99: number;
  max: number;
}

/** Seconds, since it was read last; null while nothing was measured. */
export function measureLoopLag(): () => LoopLag | null {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const lag = (ns: number) => Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
  return () => {
    if (delay.count === 0) return null;
    const read = { mean: lag(delay.mean), p99: lag(delay.percentile(99)), max: lag(delay.max) };
    delay.reset();
    return read;
  };
}
