export interface RateSample {
  at: number;
  bytes: number;
}

/** Shorter than this, a rate is noise. */
const SHOWN_AFTER_MS = 2_000;
const WINDOW_MS = 5_000;

/** Keeps what the last seconds say; a step that begins anew (fewer bytes) starts over. */
export function withSample(samples: RateSample[], sample: RateSample): RateSample[] {
  const last = samples.at(-1);
  if (last && sample.bytes < last.bytes) return [sample];
  return [...samples.filter((old) => sample.at - old.at <= WINDOW_MS), sample];
}

/** Bytes a second over the window; null while too little is known. */
export function rateOf(samples: RateSample[]): number | null {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < SHOWN_AFTER_MS || last.bytes === first.bytes) return null;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}
