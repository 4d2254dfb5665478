import type { Alerts } from "../alerts/alerts";
import type { BackupContext } from "../backups/context";
import type { CostBook } from "../backups/cost-book";
import type { Drills } from "../backups/drills/drills";
import type { OwnRecords } from "../backups/own-records";
import type { RequestTally } from "../backups/request-tally";
import type { Clock } from "../clock";
import type { Settings } from "../config";
import type { Control } from "../control/open-control";
import type { DatabaseFault, LiveDatabase } from "../database/types";
import type { Log } from "../log";
import type { Health } from "../nestegg";
import type { ScheduleKeeper } from "../schedule/keeper";
import type { TroubleWatch } from "./watch-trouble";

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
  /** A run did not reach the storage: whether it is away should be known before the next regular look. */
  storageDoubted: boolean;
}

export interface Parts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly control: Control;
  readonly backups: BackupContext;
  readonly state: ServerState;
  readonly schedule: ScheduleKeeper;
  readonly records: OwnRecords;
  readonly drills: Drills;
  readonly alerts: Alerts;
  readonly costs: CostBook;
  /** What workers have asked of the store. */
  readonly workerRequests: RequestTally;
  readonly trouble: TroubleWatch;
  /** Ends the process, which cannot go on with this database; the next start does what the journal says. */
  mustRestart(reason: string): Promise<never>;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortController;
}

/** The one writer of the phase: nothing leaves "stopping" any more. */
export function enter(state: ServerState, phase: ServerState["phase"], reason: ServerState["reason"]): void {
  if (state.phase === "stopping") return;
  state.phase = phase;
  state.reason = reason;
}

/** The dashboard goes on without a database: it lists the backups all the same; nothing is cleaned up, nothing runs by itself. */
export function degrade(parts: Parts, fault: DatabaseFault): void {
  parts.state.fault = fault;
  enter(parts.state, "degraded", { text: fault.message, hint: fault.hint });
  parts.log.error({ reason: fault.reason, hint: fault.hint }, fault.message);
  parts.backups.catalog
    .refresh()
    .catch((error: unknown) => parts.log.warn({ err: error }, "the bucket could not be listed"));
}
