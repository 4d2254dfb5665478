import type { StatusView } from "../nestegg";
import type { ScheduleKeeper } from "./keeper";
import { pauseWords, scheduleWords } from "./words";

/** What the verdict and the Overview need of the schedule. */
export interface ScheduleFacts {
  next: StatusView["next"];
  /** Longest time between two runs; null while none is planned. */
  intervalMs: number | null;
  overdueSince: Date | null;
  /** "every 6 hours". */
  words: string;
}

export function scheduleFacts(keeper: ScheduleKeeper): ScheduleFacts {
  const words = scheduleWords(keeper.settings);
  return {
    next: nextOf(keeper, words),
    intervalMs: keeper.on ? keeper.plan().intervalMs : null,
    overdueSince: keeper.overdueSince(),
    words,
  };
}

function nextOf(keeper: ScheduleKeeper, words: string): StatusView["next"] {
  const { pause } = keeper.state;
  if (!keeper.deps.backupEnabled) return { state: "off", at: null, text: "only when you press the button" };
  if (!keeper.settings.enabled) {
    return { state: "off", at: null, text: "only when you press the button, and at every stop" };
  }
  if (pause && keeper.paused) return { state: "paused", at: null, text: pauseWords(pause) };
  const at = keeper.nextRunAt();
  return { state: "planned", at: at?.toISOString() ?? null, text: `${words}, and at every stop` };
}
