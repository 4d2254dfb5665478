"use client";

import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { writePreference, ZONE_COOKIE } from "@/components/preferences";
import {
  formatAbsolute,
  formatClock,
  formatDay,
  formatFull,
  formatMoment,
  formatRelative,
  formatSpan,
} from "@/components/time-format";

interface Moment {
  now: number;
  zone: string;
}

const TICK_MS = 60_000;
const MomentContext = createContext<Moment | null>(null);

/**
 * Gives server and first client paint the same moment and zone, so that hydration never differs; after that the browser's
 * own zone counts (and is kept in a cookie for the next visit), and one timer moves every time on the page once a minute.
 */
export function TimeProvider({ now, zone, children }: Moment & { children: ReactNode }) {
  const [moment, setMoment] = useState<Moment>({ now, zone });
  useEffect(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (own !== zone) writePreference(ZONE_COOKIE, own);
    const tick = () => setMoment({ now: Date.now(), zone: own });
    tick();
    const timer = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [zone]);
  return <MomentContext value={moment}>{children}</MomentContext>;
}

/** The page's moment: moves once a minute. */
export function useMoment(): Moment {
  const moment = useContext(MomentContext);
  if (!moment) throw new Error("A time was drawn outside TimeProvider.");
  return moment;
}

export type TimeForm = "relative" | "absolute" | "both" | "clock" | "day" | "full" | "span" | "moment";

interface TimeProps {
  /** ISO 8601 UTC. */
  at: string;
  /** relative "12 min ago", absolute "24 Nov, 14:00", both, clock "14:00", day "24 Nov", full, span "12 min", moment "Tuesday 24 November, 14:12". */
  form?: TimeForm;
  className?: string;
}

export function Time({ at, form = "relative", className }: TimeProps) {
  const { now, zone } = useMoment();
  const moment = Date.parse(at);
  if (Number.isNaN(moment)) return <span className={className}>unknown time</span>;
  return (
    <time dateTime={at} title={formatFull(moment, zone)} className={className}>
      {print(form, moment, now, zone)}
    </time>
  );
}

function print(form: TimeForm, at: number, now: number, zone: string): string {
  switch (form) {
    case "relative":
      return formatRelative(at, now);
    case "absolute":
      return formatAbsolute(at, now, zone);
    case "both":
      return `${formatRelative(at, now)}, ${formatAbsolute(at, now, zone)}`;
    case "clock":
      return formatClock(at, zone);
    case "day":
      return formatDay(at, now, zone);
    case "full":
      return formatFull(at, zone);
    case "moment":
      return formatMoment(at, zone);
    case "span":
      return formatSpan(now - at);
  }
}
