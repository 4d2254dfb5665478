"use client";

import clsx from "clsx";
import { Time, useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { ScheduleView } from "./schedule";

interface NextRunsProps {
  /** Null while what is typed cannot be planned. */
  view: ScheduleView | null;
  settings: ScheduleView["settings"];
  busy: boolean;
  /** Not saved yet: these are what would come. */
  dirty: boolean;
}

export function NextRuns({ view, settings, busy, dirty }: NextRunsProps) {
  const { now, zone } = useMoment();
  const elsewhere = settings.timeZone !== zone;
  const slots = view?.next ?? [];
  return (
    <section aria-label="Next runs" aria-busy={busy} className="rounded-card border border-line bg-sunken px-4 py-3">
      <h3 className="text-sm font-semibold">{dirty ? "These runs would come next" : "The next runs"}</h3>
      <p role="status" aria-label="Schedule preview" className="sr-only">
        {busy || !dirty ? "" : summary(view)}
      </p>
      {slots.length === 0 ? (
        <p className="mt-1 text-sm text-ink-2">
          {view ? reasonOfNone(view) : busy ? "Being worked out…" : "None: see what is wrong above."}
        </p>
      ) : (
        <ol className={clsx("mt-1.5 grid gap-1 text-sm tabular-nums", busy && "opacity-60")}>
          {slots.map((slot) => (
            <li key={slot} data-slot={slot} className="flex flex-wrap gap-x-3">
              <Time at={slot} form="absolute" className="font-medium" />
              {elsewhere ? (
                <span className="text-ink-2">
                  {formatAbsolute(Date.parse(slot), now, zoneOrUtc(settings.timeZone))} {settings.timeZone}
                </span>
              ) : null}
              <Time at={slot} className="text-ink-3" />
            </li>
          ))}
        </ol>
      )}
      {slots.length > 0 && settings.jitterMinutes > 0 ? (
        <p className="mt-1.5 text-sm text-ink-2">Each begins up to {settings.jitterMinutes} minutes later.</p>
      ) : null}
    </section>
  );
}

function summary(view: ScheduleView | null): string {
  if (!view) return "These settings cannot be planned";
  return view.next.length === 0 ? reasonOfNone(view) : "The next runs were worked out anew";
}

function reasonOfNone(view: ScheduleView): string {
  if (!view.backupEnabled) return "None while BACKUP_ENABLED is false.";
  return view.settings.enabled
    ? "None."
    : "None: the schedule is off. Backups are taken at every stop, and when you press the button.";
}

/** What is being typed may not be a zone yet. */
function zoneOrUtc(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
