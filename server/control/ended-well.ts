import type { OperationState } from "./types";

/** Also after tries that failed: what was to be done is done. */
export function endedWell(state: OperationState): boolean {
  return state === "ok" || state === "ok-retried";
}
