import { isCode } from "./durable-files";
import type { DatabaseFault } from "./types";

const NEWER_ENGINE = /we can only read versions between|storage version greater than/i;

/** The engine's words (1.5), in the order in which they must be asked: a log's error may quote a block's. */
const REASONS: [RegExp, DatabaseFault["reason"]][] = [
  [/Could not set lock/i, "held"],
  [/Permission denied|EACCES|EPERM|Read-only file system|EROFS/i, "no-permission"],
  [/not a valid DuckDB database file/i, "not-duckdb"],
  [NEWER_ENGINE, "newer-engine"],
  [/replaying WAL|Corrupt WAL|WAL does not match|WAL was created for|read WAL of version/i, "wal-damaged"],
  [/Corrupt database file|checksum|Could not read|metadata/i, "damaged"],
];

/** A fault in words for people, from whatever opening the file threw. */
export function faultFrom(error: unknown, databasePath: string): DatabaseFault {
  const text = wholeText(error);
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
  if (reason === "held") return heldFault(databasePath, holderIn(error) ?? "another process");
  if (reason === "no-permission") return permissionFault(databasePath);
  const said = firstLine(error);
  return {
    reason,
    message: `DuckDB could not open ${databasePath}: ${said} Every file was left where it was.`,
    hint: HINTS[reason],
  };
}

const HINTS: Record<DatabaseFault["reason"], string> = {
  held: "Stop the other process; Nestegg has to be the only one that opens this file. Then start again.",
  "not-duckdb": "Set DATABASE_PATH to the right file, or move this one away.",
  "newer-engine": "Update Nestegg, or open the file with the DuckDB that wrote it.",
  damaged: "Restore a backup, or put a sound copy of the file in its place.",
  "wal-damaged":
    "Restore a backup. To go on without the transactions since the last checkpoint instead, move the .wal file away and start again.",
  missing: "Mount the volume or put the file back, or restore a backup, or choose to start empty.",
  "no-permission": "Give the user that runs Nestegg the right to read and write the file and its folder.",
  unknown: "The log has the whole error. Restore a backup if the file cannot be opened elsewhere either.",
};

export function hintFor(reason: DatabaseFault["reason"]): string {
  return HINTS[reason];
}

export function heldFault(databasePath: string, holder: string): DatabaseFault {
  return {
    reason: "held",
    message: `${databasePath} is open in ${holder}, so that it cannot be opened or backed up here. No data is affected.`,
    hint: HINTS.held,
  };
}

export function permissionFault(databasePath: string): DatabaseFault {
  return {
    reason: "no-permission",
    message: `Nestegg may not read and write ${databasePath} or its folder. Nothing was changed.`,
    hint: HINTS["no-permission"],
  };
}

/** "/usr/bin/node (process 123)", when the error says who has the lock; "another process" when it does not; else null. */
export function holderIn(error: unknown): string | null {
  const text = wholeText(error);
  if (!/Could not set lock/i.test(text)) return null;
  const named = /Conflicting lock is held in (.+?) \(PID (\d+)\)/.exec(text);
  if (named) return `${named[1]} (process ${named[2]})`;
  const numbered = /Conflicting lock is held in PID (\d+)/.exec(text);
  return numbered ? `process ${numbered[1]}` : "another process";
}

/** True when the log belongs to another file or another state of it: replaying it elsewhere would help nobody. */
export function isForeignWal(error: unknown): boolean {
  return /WAL does not match|WAL was created for/i.test(wholeText(error));
}

export function isNewerEngine(error: unknown): boolean {
  return NEWER_ENGINE.test(wholeText(error));
}

export function isPermission(error: unknown): boolean {
  return isCode(error, "EACCES", "EPERM", "EROFS");
}

/** The messages of the error and of all its causes. */
function wholeText(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 10; at = at.cause) texts.push(at.message);
  return texts.length > 0 ? texts.join("\n") : String(error);
}

/** Of the innermost cause, which is the engine's own; its stack trace is for the log. */
function firstLine(error: unknown): string {
  const line =
    wholeText(error)
      .split("\n")
      .find((text) => /Error: /.test(text)) ??
    wholeText(error).split("\n")[0] ??
    "";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
