export type ByteRange = { start: number; end: number } | "whole" | "unsatisfiable";

/**
 * What a Range header asks of an object of `total` bytes (RFC 9110, section 14). Several ranges, other units and
 * nonsense mean the whole, as the RFC allows; only a range beyond the end is refused.
 */
export function parseByteRange(header: string | null, total: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match) return "whole";
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first === "" && last === "") return "whole";
  if (first === "") return lastBytes(Number(last), total);
  const start = Number(first);
  const end = last === "" ? total - 1 : Math.min(Number(last), total - 1);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= total ? "unsatisfiable" : { start, end };
}

function lastBytes(count: number, total: number): ByteRange {
  if (count === 0 || total === 0) return "unsatisfiable";
  return { start: Math.max(0, total - count), end: total - 1 };
}
