import type { ScheduleSettings, ScheduleVerbs, ScheduleView } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

const SETTINGS: ScheduleSettings = {
  enabled: true,
  preset: "every-6-hours",
  cron: "0 3 * * *",
  time: "03:00",
  weekday: 0,
  timeZone: "UTC",
  jitterMinutes: 0,
  onlyIfChanged: false,
};

export function fakeSchedule(door: FakeDoor): ScheduleVerbs {
  let view: ScheduleView = {
    settings: SETTINGS,
    source: "default",
    pause: null,
    backupEnabled: true,
    next: ["2024-12-30T21:30:00.000Z"],
    nextRunAt: "2024-12-30T21:30:00.000Z",
    lastRun: null,
    overdueSince: null,
    intervalSeconds: 21_600,
  };
  const reach = (verb: string, change: Partial<ScheduleView> = {}) => {
    door().reach(`schedule.${verb}`);
    view = { ...view, ...change };
    return view;
  };
  return {
    get: async () => reach("get"),
    preview: async (settings) => ({ ...reach("preview"), settings }),
    save: async (_caller, settings) => reach("save", { settings, source: "dashboard" }),
    pause: async (caller, { reason, until }) =>
      reach("pause", { pause: { reason, until, by: caller.actor.name, since: "2024-12-30T15:30:00.000Z" } }),
    resume: async () => reach("resume", { pause: null }),
  };
}
