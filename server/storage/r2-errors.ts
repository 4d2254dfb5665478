import { AppError, isAppError } from "../errors";
import { cancelledError } from "./cancel";
import { explainRefusal, type R2Target } from "./r2-refusals";
import { preconditionFailed, rangeInvalid } from "./refusals";
import type { StoreVerb } from "./request-counter";

/** What a failed request means for us. */
export interface Failure {
  error: AppError;
  /** The same request may succeed a moment later. Everything else is thrown at once. */
  passing: boolean;
  /** The store may have done it all the same: only looking tells. */
  ambiguous: boolean;
  /** The store asked for fewer requests: all of them stand still, not only this one. */
  throttled: boolean;
  minimumWaitMs: number;
}

export interface FailureContext extends R2Target {
  verb: StoreVerb;
  key: string;
  clockOffsetMs: number | null;
  signal?: AbortSignal | undefined;
}

interface Reply {
  /** R2's own word, such as NoSuchKey; the class name of a network error otherwise. */
  code: string;
  /** Null when no answer came back. */
  status: number | null;
  retryAfterMs: number;
}

/** R2 allows one write per second and key, so a shorter pause after a 429 only earns the next one. */
const THROTTLE_WAIT_MS = 1000;
/** A Retry-After beyond this is not worth keeping an operation open for. */
const RETRY_AFTER_MAX_MS = 30_000;
/** Client errors by their number that are about the connection: the body did not arrive whole. The SDK does not retry them. */
const BROKEN_UPLOAD_CODES = ["IncompleteBody", "ClientDisconnect", "RequestTimeout"];
const TLS_CODES = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

export function explainR2Failure(error: unknown, context: FailureContext): Failure {
  if (context.signal?.aborted) return permanent(cancelledError(error));
  if (isAppError(error)) return permanent(error);
  const reply = readReply(error);
  if (reply.status === null) return explainNetwork(error, reply.code, context);
  const refusal = explainRefusal({ ...reply, status: reply.status }, context, error);
  if (refusal) return permanent(refusal);
  // By the word first: an error in the body of a 200 comes with the SDK's own 503.
  if (reply.code === "NoSuchUpload") return permanent(uploadGone(context, error));
  if (reply.status === 412 || reply.code === "PreconditionFailed")
    return permanent(preconditionFailed(context.key, error));
  if (isThrottling(reply)) {
    const waitMs = Math.max(THROTTLE_WAIT_MS, reply.retryAfterMs);
    return { ...passing(throttled(context, reply, error), waitMs), throttled: true };
  }
  if (reply.status >= 500 && reply.status !== 501) return passing(answered(context, reply, error), reply.retryAfterMs);
  if (BROKEN_UPLOAD_CODES.includes(reply.code)) return passing(answered(context, reply, error), 0);
  if (reply.status === 416) return permanent(rangeInvalid(context.key, error));
  return permanent(answered(context, reply, error));
}

function isThrottling({ status, code }: Reply): boolean {
  if (status === 429 || code === "SlowDown" || code === "TooManyRequests") return true;
  return status === 503 && code !== "InternalError";
}

/** Code and status of whatever the SDK threw; an answer that was not XML still has its status. */
export function readReply(error: unknown): Reply {
  const facts = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  const status = facts.$metadata?.httpStatusCode ?? facts.$response?.statusCode ?? null;
  const code = status === null ? (facts.code ?? facts.name ?? "unknown") : (facts.name ?? "unknown");
  const retryAfterMs = Number(facts.$response?.headers?.["retry-after"] ?? 0) * 1000;
  return { code, status, retryAfterMs: Math.min(Number.isFinite(retryAfterMs) ? retryAfterMs : 0, RETRY_AFTER_MAX_MS) };
}

function explainNetwork(error: unknown, code: string, context: FailureContext): Failure {
  const host = new URL(context.endpoint).host;
  if (TLS_CODES.test(code)) {
    const message = `The certificate of ${host} was not accepted (${code}), so nothing was sent. Backups already stored are unharmed.`;
    const hint = "Check R2_ENDPOINT, and that no proxy between this machine and R2 replaces certificates.";
    return permanent(new AppError("storage_unreachable", message, { hint, cause: error }));
  }
  const message = `R2 could not be reached at ${host} (${code}) to ${PURPOSE[context.verb]}. Backups already stored are unharmed.`;
  const hint =
    code === "ENOTFOUND" || code === "EAI_AGAIN"
      ? "Check R2_ACCOUNT_ID or R2_ENDPOINT for a typing error, and this machine's DNS."
      : "Check this machine's network and firewall; Nestegg tries again with the next backup.";
  return passing(new AppError("storage_unreachable", message, { hint, cause: error }), 0);
}

const PURPOSE: Record<StoreVerb, string> = {
  list: "list the backups",
  listUploads: "list unfinished uploads",
  head: "look at an object",
  get: "read an object",
  put: "write a small object",
  copy: "copy a backup",
  delete: "delete an object",
  startMultipart: "begin an upload",
  putPart: "send a part of a backup",
  copyPart: "copy a part of a backup",
  complete: "finish an upload",
  abort: "drop an upload",
  getLifecycle: "read the bucket's rules",
  putLifecycle: "write the bucket's rules",
};

function throttled({ bucket }: FailureContext, reply: Reply, cause: unknown): AppError {
  return new AppError(
    "storage_throttled",
    `R2 is busy and kept asking to slow down (${reply.status} ${reply.code}) for bucket ${bucket}. Backups already stored are unharmed.`,
    { hint: "Try again in a minute.", cause, retryAfterSeconds: 60 },
  );
}

function uploadGone({ key }: FailureContext, cause: unknown): AppError {
  return new AppError(
    "storage_upload_gone",
    `R2 does not know the upload of ${key} any more. Nothing is visible under that name.`,
    {
      hint: "Start the backup again. R2 drops uploads that are not finished within seven days.",
      cause,
    },
  );
}

function answered({ verb, key, bucket }: FailureContext, reply: Reply, cause: unknown): AppError {
  const object = key === "" ? `bucket ${bucket}` : key;
  return new AppError(
    "storage_failed",
    `R2 answered ${reply.status} ${reply.code} when asked to ${PURPOSE[verb]} (${object}). Backups already stored are unharmed.`,
    {
      hint:
        reply.status !== null && reply.status >= 500
          ? "Try again in a minute, and look at Cloudflare's status page if it stays."
          : "Check R2_ENDPOINT and R2_REGION; the log has the whole answer.",
      cause,
    },
  );
}

function permanent(error: AppError): Failure {
  return { error, passing: false, ambiguous: false, throttled: false, minimumWaitMs: 0 };
}

function passing(error: AppError, minimumWaitMs: number): Failure {
  return { error, passing: true, ambiguous: true, throttled: false, minimumWaitMs };
}
