/** Of a hundredth of a cent nobody wants to know more than that it is less. */
const SMALLEST_DOLLARS = 0.0001;

/** "$0.0006", "$0.015", "$0.75", "$1,204.50": two digits that count, and never fewer than cents. */
export function formatDollars(dollars: number): string {
  if (dollars > 0 && dollars < SMALLEST_DOLLARS) return `less than $${SMALLEST_DOLLARS}`;
  const digits = dollars >= 0.1 ? 2 : dollars >= 0.01 ? 3 : 4;
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

/** The same where the sum is an estimate: "about $0.0006", "less than $0.0001". */
export function aboutDollars(dollars: number): string {
  const text = formatDollars(dollars);
  return text.startsWith("$") ? `about ${text}` : text;
}
