import { AppError } from "../errors";

/** The engine passes on the system's own words, and has some of its own for memory. */
const FULL = /no space left on device|disk quota exceeded/i;
const REFUSED = [
  /too many open files/i,
  /cannot allocate memory|bad_alloc|^Out of Memory Error/i,
  /resource temporarily unavailable/i,
  /no such file or directory|database does not exist/i,
  /permission denied|operation not permitted|read-only file system/i,
  /input\/output error/i,
  /Could not set lock/i,
  // A copy behind a link: the engine looks for its log where the link leads, outside of what it was given.
  /file system operations are disabled by configuration/i,
];

/**
 * When DuckDB failed because of the machine, the error that says so; else null. It tells nothing about the file that was
 * read, so it must never be taken for damage.
 */
export function machineTrouble(what: string, error: unknown): AppError | null {
  const said = firstLine(error);
  if (FULL.test(said)) {
    return new AppError("disk_full", `${what} because the disk is full: ${said}`, {
      hint: "Free space on the disk of the data folder, then try again.",
      cause: error,
    });
  }
  if (!REFUSED.some((words) => words.test(said))) return null;
  return new AppError(
    "internal",
    `${what} because this machine refused it: ${said} The file itself may well be sound.`,
    {
      hint: "Look at memory, open files and the disk of this machine, then try again.",
      cause: error,
    },
  );
}

/** DuckDB's internal errors carry a stack trace: only the first line is for people. */
export function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
