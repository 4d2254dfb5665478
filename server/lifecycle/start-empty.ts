import type { Caller } from "../control/types";
import { AppError } from "../errors";
import { openOrExplain } from "./open-or-explain";
import { enter, type Parts, RUN_STATE, type RunState } from "./parts";

/** An admin's answer to a file that is missing while backups of it exist; see `Nestegg.database.startEmpty`. */
export async function startEmpty(parts: Parts, caller: Caller): Promise<void> {
  const { state, control, settings, backups } = parts;
  if (state.database || state.fault?.reason !== "missing" || state.phase === "stopping") {
    throw new AppError("conflict", "There is a database already; no empty one was created.", {
      hint: "Reload the page.",
    });
  }
  // Neither two of these nor one beside a restore: each would open the path on its own.
  backups.restoring.take(caller, "the start of an empty database");
  try {
    const { fault } = await openOrExplain(parts, { cleanStop: true, createAnyway: true });
    if (fault) {
      state.fault = fault;
      throw new AppError("database_unusable", fault.message, { hint: fault.hint });
    }
    enter(state, "ready", null);
    // The path has no owner yet: the start left everything alone.
    state.cleanUpWanted = true;
    await control.memory.set(RUN_STATE, "running" satisfies RunState);
  } finally {
    backups.restoring.leave();
  }
  await control.audit.record({ caller, action: "database.start-empty", target: settings.databasePath });
  control.operations.announce("status");
}
