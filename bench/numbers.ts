/** Nearest rank: a value that was really measured. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: number[]): number {
  return percentile(values, 0.5);
}

export interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export function spreadOf(values: number[]): Spread {
  return { count: values.length, p50: median(values), p99: percentile(values, 0.99), max: percentile(values, 1) };
}

export function row(name: string, cells: (string | number)[]): string {
  const texts = cells.map((cell) => (typeof cell === "number" ? cell.toFixed(cell < 10 ? 2 : 1) : cell));
  return [name.padEnd(24), ...texts.map((text) => text.padStart(13))].join("");
}
