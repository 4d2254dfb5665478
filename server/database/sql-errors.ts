import { basename, dirname } from "node:path";
import { AppError, isAppError } from "../errors";

/** What the engine says when a caller's statement cannot run, as one of our errors. AppErrors pass unchanged. */
export function toSqlError(error: unknown, databasePath: string): AppError {
  if (isAppError(error)) return error;
  const message = readable(error, databasePath);
  const rule = RULES.find(({ when }) => when.test(message));
  if (rule === undefined) return new AppError("sql_failed", message, { cause: error });
  const { code, says, hint, retryAfterSeconds } = rule;
  return new AppError(code, says === undefined ? message : `${says} DuckDB said: ${message}`, {
    hint,
    cause: error,
    retryAfterSeconds,
  });
}

interface Rule {
  when: RegExp;
  code: "sql_failed" | "sql_refused" | "sql_interrupted" | "disk_full" | "database_unusable";
  says?: string;
  hint: string;
  retryAfterSeconds?: number;
}

const RULES: Rule[] = [
  {
    when: /read-only mode|Cannot start a transaction in read-only/i,
    code: "sql_refused",
    says: "This request may only read, and the statement writes; nothing was changed.",
    hint: "Use a token with the scope sql:write.",
  },
  {
    when: /^INTERRUPT Error/,
    code: "sql_interrupted",
    says: "The statement was interrupted and its transaction undone.",
    hint: "Send the request again.",
    retryAfterSeconds: 1,
  },
  {
    when: /^FATAL Error[\s\S]*(no space left on device|disk quota exceeded|ENOSPC)/i,
    code: "disk_full",
    says: "The disk is full, and DuckDB stopped using the database; what was committed before is in its file and WAL.",
    hint: "Free space on the disk of the database, then restart Nestegg: it checks the file before it opens it again.",
  },
  {
    when: /no space left on device|disk quota exceeded|ENOSPC/i,
    code: "disk_full",
    says: "The disk is full: the transaction was undone, what was committed before is safe.",
    hint: "Free space on the disk of the database, then send the request again.",
  },
  {
    when: /^(FATAL|INTERNAL) Error/,
    code: "database_unusable",
    says: "DuckDB stopped using the database after an internal error; what was committed before is in its file and WAL.",
    hint: "Restart Nestegg: it checks the file before it opens it again.",
  },
  {
    when: /^Permission Error/,
    code: "sql_refused",
    says: "SQL here reaches the tables of this database only, no files and no network; nothing was changed.",
    hint: "Load data with INSERT.",
  },
  {
    when: /Failed to commit: (IO Error: )?(Cannot (access|open)|Could not (open|write|sync|flush|truncate)) /i,
    code: "sql_failed",
    says: "The transaction could not be written to the write-ahead log, so it was undone.",
    hint: "Look at the disk and the rights of the database's folder, then send the request again.",
  },
  {
    when: /conflict on|write-write conflict|Transaction conflict|^TransactionContext Error: Failed to commit/i,
    code: "sql_failed",
    says: "Another transaction got in the way, so this one was undone.",
    hint: "Run the whole transaction again.",
  },
  {
    when: /Current transaction is aborted/,
    code: "sql_failed",
    says: "An earlier statement of this transaction failed, so the transaction was undone.",
    hint: "Look at the first error, then run the whole transaction again.",
  },
  {
    when: /^Out of Memory Error/,
    code: "sql_failed",
    says: "The statement needs more memory than the server gives to the database; nothing was changed.",
    hint: "Ask for less at once, or run the statement in smaller steps.",
  },
];

/** The engine's own words without the binding's wrapper and without the server's folders. */
function readable(error: unknown, databasePath: string): string {
  const raw = error instanceof Error ? error.message : String(error);
  return raw
    .replace(/^Failed to extract statements: /, "")
    .replaceAll(databasePath, basename(databasePath))
    .replaceAll(`${dirname(databasePath)}/`, "")
    .trim();
}
