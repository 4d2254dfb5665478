import { isAppError } from "../errors";

/** What a script can tell apart. Never renumbered: docs/command-line.md promises them. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  notFound: 3,
  damaged: 4,
  held: 5,
  storage: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was not understood, or lacks a word without which it would be dangerous. Nothing was begun. */
export class WrongUse extends Error {
  override readonly name = "WrongUse";

  constructor(
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof WrongUse) return EXIT.wrongUse;
  if (!isAppError(error)) return EXIT.failed;
  switch (error.code) {
    case "confirm_mismatch":
      return EXIT.wrongUse;
    case "not_found":
      return EXIT.notFound;
    case "backup_damaged":
    case "backup_missing":
    case "snapshot_damaged":
      return EXIT.damaged;
    case "database_busy":
      return EXIT.held;
    case "cancelled":
      return EXIT.interrupted;
    default:
      return error.code.startsWith("storage_") ? EXIT.storage : EXIT.failed;
  }
}
