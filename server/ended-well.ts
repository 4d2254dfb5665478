import type { OperationState } from "./control/types";

/** Also after tries that failed: what was to be done is done. */
export function endedWell(state: OperationState): boolean {
  return state === "ok" || state === "ok-retried";
}
