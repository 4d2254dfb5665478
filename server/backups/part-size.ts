const MEBIBYTE = 1024 * 1024;
/** Measured best of 5, 8 and 16 MiB for small changes and requests together. */
const SMALL_PART_BYTES = 8 * MEBIBYTE;
/** R2 takes parts numbered 1 to 10,000. */
const MAX_PARTS = 10_000;
/** The file may grow between choosing and reading. */
const GROWTH_MARGIN = 1.25;

/** With the one being read and one in reserve, 8 MiB parts stay under 64 MiB in all. */
const MAX_PARTS_IN_FLIGHT = 4;
const BYTES_IN_FLIGHT = 48 * MEBIBYTE;

/** With the one being read at most 64 MiB of parts in memory, up to parts of 32 MiB (a file of 268 GB); beyond that two parts. */
export function choosePartsInFlight(partBytes: number): number {
  return Math.min(MAX_PARTS_IN_FLIGHT, Math.max(1, Math.floor(BYTES_IN_FLIGHT / partBytes)));
}

/** 8 MiB while they suffice, then doubled: the same file keeps its part size for as long as it can. */
export function choosePartBytes(fileBytes: number): number {
  let partBytes = SMALL_PART_BYTES;
  while (fileBytes * GROWTH_MARGIN > partBytes * MAX_PARTS) partBytes *= 2;
  return partBytes;
}
