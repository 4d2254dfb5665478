/** Every way in which Nestegg can refuse or fail, with the HTTP status it answers. A closed list. */
export const ERROR_STATUS = {
  invalid_input: 400,
  sql_refused: 400,
  sql_failed: 400,
  confirm_mismatch: 400,
  unauthenticated: 401,
  forbidden: 403,
  bad_origin: 403,
  not_found: 404,
  method_not_allowed: 404,
  conflict: 409,
  backup_protected: 409,
  backup_in_use: 409,
  backup_damaged: 409,
  backup_missing: 409,
  restore_rolled_back: 409,
  not_owner: 409,
  cancelled: 409,
  too_large: 413,
  too_many_requests: 429,
  internal: 500,
  snapshot_changed: 500,
  snapshot_damaged: 500,
  worker_died: 500,
  worker_crashed: 500,
  setting_invalid: 500,
  starting: 503,
  stopping: 503,
  degraded: 503,
  database_busy: 503,
  database_replaced: 503,
  database_unusable: 503,
  sql_timeout: 503,
  sql_interrupted: 503,
  checkpoint_blocked: 503,
  disk_full: 503,
  storage_unreachable: 503,
  storage_throttled: 503,
  storage_key_unknown: 503,
  storage_secret_wrong: 503,
  storage_bucket_missing: 503,
  storage_forbidden: 503,
  storage_clock_skewed: 503,
  storage_failed: 503,
  storage_precondition: 503,
  storage_range_invalid: 503,
  storage_upload_gone: 503,
  out_of_time: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** For a code that comes as text, from a row or over a wire. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_STATUS, code);
}

interface AppErrorOptions {
  /** The next thing for the reader to do, as one sentence. */
  hint?: string;
  /** Goes to the log only, never to an answer. */
  cause?: unknown;
  /** Sent as Retry-After. */
  retryAfterSeconds?: number;
}

/**
 * The only error that may cross a room's door on purpose.
 * `message` says what happened and what it means for the data; `hint` what to do next.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Compares by shape: the server and Next's bundles hold two copies of the class, so `instanceof` would lie. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === "AppError" && "code" in error && String(error.code) in ERROR_STATUS;
}

export function hasCode(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return isAppError(error) && codes.includes(error.code);
}
