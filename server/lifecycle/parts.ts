import type { BackupContext } from "../backups/context";
import type { Clock } from "../clock";
import type { Settings } from "../config";
import type { Control } from "../control/open-control";
import type { DatabaseFault, LiveDatabase } from "../database/types";
import type { Log } from "../log";
import type { Health } from "../nestegg";

/** How the process before this one ended, and how this one shall be remembered. */
export const RUN_STATE = "run-state";
export type RunState = "running" | "stopped" | "stopped-unprotected";

/** What changes while the server lives; everything else is wired once. */
export interface ServerState {
  phase: Health["status"];
  reason: { text: string; hint: string } | null;
  database: LiveDatabase | null;
  fault: DatabaseFault | null;
  lineage: string;
  /** The time of this start, when the process before left changes that are in no backup. */
  unprotectedSinceCrash: Date | null;
  cleanUpWanted: boolean;
}

export interface Parts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly control: Control;
  readonly backups: BackupContext;
  readonly state: ServerState;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortController;
}

/** The one writer of the phase: nothing leaves "stopping" any more. */
export function enter(state: ServerState, phase: ServerState["phase"], reason: ServerState["reason"]): void {
  if (state.phase === "stopping") return;
  state.phase = phase;
  state.reason = reason;
}
