const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Powers of ten without a space, one decimal below ten: "512KB", "1.4GB", "142MB". */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 and up would round to a fourth digit: it belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const rounded = unit > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0);
  return `${rounded}${UNITS[unit]}`;
}
