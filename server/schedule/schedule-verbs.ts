import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { SchedulePause, ScheduleSettings, ScheduleVerbs, ScheduleView } from "../nestegg-operate";
import type { ScheduleKeeper } from "./keeper";
import { requireSound, sameSettings } from "./schedule-settings";
import { slotsAfter } from "./slots";
import { scheduleWords } from "./words";

const DAY_MS = 24 * 3_600_000;
const PAUSE_MAX_DAYS = 30;
const SHOWN_SLOTS = 5;

/** What the doors may ask of the keeper. */
export function createSchedule(keeper: ScheduleKeeper): ScheduleVerbs {
  const { clock, audit } = keeper.deps;
  return {
    get: () => viewSchedule(keeper),

    async preview(settings) {
      requireSound(settings, clock.now());
      return viewSchedule(keeper, settings);
    },

    async save(caller, settings) {
      requireSound(settings, clock.now());
      // What equals the environment's is left to it, so that a later change there counts again.
      await keeper.save(sameSettings(settings, keeper.deps.defaults) ? null : settings);
      const detail = { ...settings, words: settings.enabled ? scheduleWords(settings) : "off" };
      await audit({ caller, action: "schedule.save", target: null, detail });
      return viewSchedule(keeper);
    },

    async pause(caller, { reason, until }) {
      const pause = pauseOf(caller, { reason: reason.trim(), until, now: clock.now() });
      await keeper.setPause(pause);
      await audit({
        caller,
        action: "schedule.pause",
        target: null,
        detail: { reason: pause.reason, until: pause.until },
      });
      return viewSchedule(keeper);
    },

    async resume(caller) {
      const { pause } = keeper.state;
      if (pause) {
        await keeper.setPause(null);
        await audit({ caller, action: "schedule.resume", target: null, detail: { reason: pause.reason } });
      }
      return viewSchedule(keeper);
    },
  };
}

async function viewSchedule(keeper: ScheduleKeeper, given?: ScheduleSettings): Promise<ScheduleView> {
  const settings = given ?? keeper.settings;
  const { backupEnabled, clock } = keeper.deps;
  const { plan, intervalMs } = keeper.plan(settings);
  const { lastRun } = keeper.state;
  const pause = keeper.paused ? keeper.state.pause : null;
  const now = clock.now();
  const from = pause ? new Date(pause.until) : now;
  const next = backupEnabled && settings.enabled ? slotsAfter(plan, from, SHOWN_SLOTS) : [];
  const operation = lastRun && (await keeper.deps.operation(lastRun.operationId));
  return {
    settings,
    source: keeper.source,
    pause,
    backupEnabled,
    next: next.map((slot) => slot.toISOString()),
    nextRunAt: (given ? firstOf(pause ? [] : next) : keeper.nextRunAt())?.toISOString() ?? null,
    lastRun: lastRun && { at: lastRun.at, state: operation?.state ?? "unknown", operationId: operation?.id ?? null },
    overdueSince: keeper.overdueSince()?.toISOString() ?? null,
    intervalSeconds: intervalMs === null ? null : intervalMs / 1000,
  };
}

function firstOf(slots: Date[]): Date | null {
  return slots[0] ?? null;
}

function pauseOf(caller: Caller, { reason, until, now }: { reason: string; until: string; now: Date }): SchedulePause {
  const end = new Date(until);
  if (reason === "")
    throw refused("A pause needs a reason", "Say why, so that whoever finds it knows whether it may end.");
  if (!(end > now)) throw refused("A pause ends in the future", "Choose a later end.");
  if (end.getTime() - now.getTime() > PAUSE_MAX_DAYS * DAY_MS) {
    throw refused(`A pause lasts ${PAUSE_MAX_DAYS} days at most`, "Choose an earlier end, or switch the schedule off.");
  }
  return { reason, until: end.toISOString(), by: caller.actor.name, since: now.toISOString() };
}

function refused(what: string, hint: string): AppError {
  return new AppError("invalid_input", `${what}; nothing was paused.`, { hint });
}
