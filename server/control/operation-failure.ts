import type { Clock } from "../clock";
import { hasCode, isAppError } from "../errors";
import type { Log } from "../log";
import type { OperationState, OperationView } from "./types";

export interface Failure {
  state: Extract<OperationState, "failed" | "cancelled" | "rolled-back">;
  error: NonNullable<OperationView["error"]>;
}

const ERROR_ID_BYTES = 4;

/**
 * What a person reads of an error, logged once with its cause. After an abort it is `cancelled` whatever came up on the
 * way out; the verb's own words win, for it knows what the stop means for the data.
 */
export function describeFailure(
  deps: { clock: Clock; log: Log },
  failed: { id: string; kind: string; error: unknown; signal: AbortSignal; noReturn: boolean },
): Failure {
  const { id, kind, error, signal, noReturn } = failed;
  if (signal.aborted && !noReturn) {
    const said = [error, signal.reason].find((one) => hasCode(one, "cancelled", "stopping"));
    if (error !== signal.reason && error !== said && !isAbort(error)) {
      deps.log.warn({ err: error, operation: id, kind }, "an operation failed while it was being cancelled");
    }
    const words = isAppError(said) ? said : { message: "Cancelled before it was done.", hint: undefined };
    return { state: "cancelled", error: { code: "cancelled", message: words.message, hint: words.hint ?? null } };
  }
  if (isAppError(error)) {
    deps.log.error({ err: error, operation: id, kind }, "an operation failed");
    const state = error.code === "restore_rolled_back" ? "rolled-back" : "failed";
    return { state, error: { code: error.code, message: error.message, hint: error.hint ?? null } };
  }
  const errorId = deps.clock.randomHex(ERROR_ID_BYTES);
  deps.log.error({ err: error, errorId, operation: id, kind }, "an operation failed by a fault of Nestegg's own");
  return {
    state: "failed",
    error: {
      code: "internal",
      message: `Internal error (${errorId}).`,
      hint: `Look for ${errorId} in the server's log, and report what it says there.`,
    },
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
