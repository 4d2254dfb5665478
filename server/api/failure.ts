import { TRPCError } from "@trpc/server";
import { systemClock } from "../clock";
import { AppError, ERROR_STATUS, type ErrorCode, isAppError } from "../errors";
import { createLog } from "../log";
import { getServerLog } from "../runtime-handle";

/** What an answer says of an error, on every door. */
export interface Failure {
  status: number;
  code: ErrorCode;
  message: string;
  hint: string | null;
  retryAfterSeconds: number | null;
}

/** Long enough for a checkpoint or a store's hiccup to pass, short enough for a script that waits. */
const DEFAULT_RETRY_SECONDS = 5;
const ISSUES_SHOWN = 3;

/** Writes an unforeseen error to the log and names the line. */
export type Report = (error: unknown, where: string) => string;

export const reportToLog: Report = (error, where) => {
  const errorId = systemClock.randomHex(4);
  (getServerLog() ?? createLog("error")).error({ err: error, errorId, where }, "an answer became Internal error");
  return errorId;
};

/** The one place where errors become answers. What is not an AppError or a fault of the input stays in the log. */
export function toFailure(error: unknown, where: string, report: Report): Failure {
  const known = toAppError(error) ?? internal(report(error, where));
  return {
    status: ERROR_STATUS[known.code],
    code: known.code,
    message: known.message,
    hint: known.hint ?? null,
    retryAfterSeconds: retryAfter(known),
  };
}

/** For the header: what will pass always says when to come back. */
export function retryAfter(error: AppError): number | null {
  const status = ERROR_STATUS[error.code];
  const wait = error.retryAfterSeconds ?? (status === 503 || status === 429 ? DEFAULT_RETRY_SECONDS : null);
  return wait === null ? null : Math.ceil(wait);
}

export function toAppError(error: unknown): AppError | null {
  if (isAppError(error)) return error;
  if (error instanceof TRPCError) return isAppError(error.cause) ? error.cause : ofTrpc(error);
  if (isZodError(error)) return inputFault(error.issues);
  return null;
}

function internal(errorId: string): AppError {
  return new AppError("internal", `Internal error ${errorId}. Backups and data are as they were before.`, {
    hint: `Look for ${errorId} in the server's log.`,
  });
}

/** tRPC's own refusals, made before any code of ours runs. */
function ofTrpc(error: TRPCError): AppError | null {
  if (error.code === "BAD_REQUEST" && isZodError(error.cause)) return inputFault(error.cause.issues);
  switch (error.code) {
    case "BAD_REQUEST":
    case "PARSE_ERROR":
    case "UNSUPPORTED_MEDIA_TYPE":
      return new AppError("invalid_input", "The request could not be read; nothing was changed.", {
        hint: "Send the input as JSON.",
      });
    case "NOT_FOUND":
      return new AppError("not_found", "There is no such procedure; nothing was changed.");
    case "METHOD_NOT_SUPPORTED":
      return new AppError("method_not_allowed", "This procedure is not called with that method; nothing was changed.");
    case "CLIENT_CLOSED_REQUEST":
      return new AppError("cancelled", "The request was dropped by its sender.");
    default:
      return null;
  }
}

interface Issue {
  path: PropertyKey[];
  message: string;
  /** What is wrong with a record's key stands inside the issue of the record. */
  issues?: Issue[];
}

/** By shape, as for AppError: two module graphs hold two copies of zod. */
function isZodError(error: unknown): error is Error & { issues: Issue[] } {
  return error instanceof Error && "issues" in error && Array.isArray(error.issues) && error.name.endsWith("ZodError");
}

function inputFault(issues: Issue[]): AppError {
  const said = issues
    .slice(0, ISSUES_SHOWN)
    .map(
      ({ path, message, issues: inner }) =>
        `${path.map(String).join(".") || "input"}: ${inner?.[0]?.message ?? message}`,
    );
  const more = issues.length > ISSUES_SHOWN ? ` (and ${issues.length - ISSUES_SHOWN} more)` : "";
  return new AppError("invalid_input", `${said.join("; ")}${more}. Nothing was changed.`, {
    hint: "Correct the named field and send the request again.",
  });
}
