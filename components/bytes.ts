const NBSP = "\u00a0";
const UNITS = ["KB", "MB", "GB", "TB", "PB"] as const;

/** "3.1 MB", "484 MB", "60.2 GB": powers of ten, as the object store bills them. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "unknown size";
  if (Math.abs(bytes) < 1000) return `${Math.round(bytes)}${NBSP}B`;
  let value = bytes;
  let unit = -1;
  // 999,950 would print as "1000 KB": go up before rounding gets there.
  while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const decimals = unit > 0 && Math.abs(value) < 99.95 ? 1 : 0;
  return `${value.toFixed(decimals).replace(/\.0$/, "")}${NBSP}${UNITS[unit]}`;
}

/** "198 of 471 MB": the unit once where both share it. */
export function formatBytesOf(done: number, total: number): string {
  const [whole, unit] = formatBytes(total).split(NBSP);
  const [part, partUnit] = formatBytes(done).split(NBSP);
  return partUnit === unit ? `${part} of ${whole}${NBSP}${unit}` : `${formatBytes(done)} of ${formatBytes(total)}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-GB");
}

/** "1 backup", "3,214 backups". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}${NBSP}${count === 1 ? one : many}`;
}
