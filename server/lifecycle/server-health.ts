import type { DatabaseFault, LiveDatabase } from "../database/types";
import { AppError } from "../errors";
import type { DatabaseInfo, Health } from "../nestegg";
import { onCurrentDatabase } from "./current-database";
import type { Parts, ServerState } from "./parts";

/** Throws `starting`, `stopping`, or `degraded` with the reason, while there is no open database. */
export function requireDatabase(state: ServerState): LiveDatabase {
  if (state.database) return state.database;
  if (state.phase === "starting")
    throw new AppError("starting", "The database is being opened.", {
      hint: "Try again in a few seconds.",
      retryAfterSeconds: 5,
    });
  if (state.phase === "stopping")
    throw new AppError("stopping", "Nestegg is stopping.", {
      hint: "Try again when it has started.",
      retryAfterSeconds: 10,
    });
  throw new AppError("degraded", state.reason?.text ?? "The database is not open.", { hint: state.reason?.hint });
}

/** An engine that has given up on the open file answers nothing any more until a restart. */
export function troubleOf(state: ServerState): DatabaseFault | null {
  const trouble = state.database?.pulse().trouble;
  if (!trouble) return null;
  const hint = "Free disk space if it is full, then restart Nestegg: it recovers what was committed.";
  return { reason: "unknown", message: trouble.message, hint };
}

export function healthOf(state: ServerState): Health {
  const trouble = state.phase === "ready" ? troubleOf(state) : null;
  if (trouble) return { status: "degraded", reason: trouble.message, hint: trouble.hint };
  return { status: state.phase, reason: state.reason?.text, hint: state.reason?.hint };
}

export function databaseState(state: ServerState): DatabaseInfo["state"] {
  if (state.database) return "open";
  if (state.fault) return "unusable";
  return state.phase === "starting" ? "opening" : "closed";
}

export async function databaseInfo({ settings, state }: Parts): Promise<DatabaseInfo> {
  return {
    state: databaseState(state),
    fault: state.fault,
    name: settings.databaseName,
    path: settings.databasePath,
    statistics: state.database
      ? await onCurrentDatabase(
          () => requireDatabase(state),
          (database) => database.statistics(),
        )
      : null,
  };
}
