import { systemCaller } from "../backups/context";
import { startBackup } from "../backups/create";
import { liveAt, newestCover } from "../backups/protect";
import { BUILT_IN_SCHEDULE } from "../config";
import type { OperationView } from "../control/types";
import { hasCode } from "../errors";
import { ScheduleKeeper } from "../schedule/keeper";
import { sameSettings } from "../schedule/schedule-settings";
import type { Parts } from "./parts";

/** Gives the schedule its verbs: what a run is, what is in its way, how far the newest good backup reaches. */
export function openSchedule(parts: Omit<Parts, "schedule">): Promise<ScheduleKeeper> {
  const { settings, clock, log, control, backups } = parts;
  return ScheduleKeeper.open({
    clock,
    log,
    memory: control.memory,
    defaults: settings.schedule,
    defaultsFrom: sameSettings(settings.schedule, BUILT_IN_SCHEDULE) ? "default" : "environment",
    backupEnabled: settings.backupEnabled,
    hindrance: () => hindranceOf(parts),
    begin: () =>
      startBackup(backups, systemCaller("schedule"), { type: "scheduled", tags: {}, note: "", verify: false }),
    coveredUntil() {
      if (!backups.catalog.readAt) return "unknown";
      const newest = newestCover(backups.catalog.entries());
      return newest ? new Date(liveAt(newest)) : null;
    },
    operation: (id) => findOperation(parts, id),
    audit: (entry) => backups.audit(entry),
    tell: (notice) => backups.tell(notice),
    announce: () => control.operations.announce("status"),
  });
}

function hindranceOf({ state, backups }: Omit<Parts, "schedule">): string | null {
  if (state.phase === "starting" || state.phase === "stopping") return `the server is ${state.phase}`;
  if (!backups.isOpen()) return "the database is not open";
  const { holder } = backups.restoring;
  return holder ? `${holder.what} is under way` : null;
}

async function findOperation({ control }: Omit<Parts, "schedule">, id: string): Promise<OperationView | null> {
  try {
    return await control.operations.get(id);
  } catch (error) {
    if (hasCode(error, "not_found")) return null;
    throw error;
  }
}
