"use client";

import clsx from "clsx";
import Link from "next/link";
import { plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { useMoment } from "@/components/time";
import type { Status } from "../_shell/use-status";
import { lastWeeks, type WeekDay } from "./weeks";

const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const LOOKS: Record<WeekDay["state"], string> = {
  good: "bg-accent-soft text-accent-ink border-transparent",
  mixed: "bg-warn-soft text-warn border-warn-edge",
  bad: "bg-danger-soft text-danger border-danger border-[1.5px]",
  none: "border-line text-ink-3",
  future: "border-line border-dashed opacity-60",
  unknown: "border-transparent text-ink-3",
};

export function FiveWeeks({ status }: { status: Status }) {
  const { now } = useMoment();
  const weeks = lastWeeks(status.days, now);
  const troubled = weeks.flat().filter(({ failed }) => failed > 0).length;
  const any = weeks.flat().some(({ good, failed }) => good + failed > 0);
  const sentence = !any
    ? "Each day gets its count once backups are taken."
    : `Backups taken per day, in UTC. ${troubled === 0 ? "None failed." : `${plural(troubled, "day")} with a failed one.`}`;
  return (
    <Card
      title="Last 5 weeks"
      sub={sentence}
      aside={
        <Link href="/activity" className="text-link text-sm">
          All history
        </Link>
      }
    >
      <div className="grid grid-cols-[46px_repeat(7,minmax(0,1fr))] gap-1 text-[0.6875rem]/[0.875rem] text-ink-3 sm:gap-[5px]">
        <span />
        {WEEKDAYS.map((name) => (
          <span key={name} aria-hidden="true" className="text-center">
            {name}
          </span>
        ))}
        {weeks.map((week) => (
          <Week key={week[0]?.date} week={week} />
        ))}
      </div>
      <div className="mt-3.5 flex flex-wrap gap-x-3.5 gap-y-1.5 text-xs text-ink-2">
        <Key look={LOOKS.good}>All good</Key>
        <Key look={LOOKS.mixed}>Some failed</Key>
        <Key look={LOOKS.bad}>All failed</Key>
      </div>
    </Card>
  );
}

function Week({ week }: { week: WeekDay[] }) {
  return (
    <>
      <span className="self-center whitespace-nowrap">
        {week[0] ? print(week[0].date, { day: "numeric", month: "short" }) : ""}
      </span>
      {week.map((day) => (
        <Cell key={day.date} day={day} />
      ))}
    </>
  );
}

function Cell({ day }: { day: WeekDay }) {
  const { date, state, good, failed, today } = day;
  const look = clsx(
    "grid h-[34px] place-items-center rounded-[7px] border text-xs font-semibold tabular-nums sm:h-[27px]",
    LOOKS[state],
    today && "outline-2 -outline-offset-1 outline-accent",
  );
  if (state === "future" || state === "unknown") return <span aria-hidden="true" className={look} />;
  const name = `${print(date, { weekday: "short", day: "numeric", month: "short" })}: ${state === "none" ? "no backup" : `${good} good`}${failed > 0 ? `, ${failed} failed` : ""}`;
  if (state === "none") {
    return (
      <span role="img" aria-label={name} title={name} className={look}>
        ·
      </span>
    );
  }
  const href = good > 0 ? `/backups?from=${date}&to=${date}` : `/activity?from=${date}&to=${date}`;
  return (
    <Link href={href} prefetch={false} aria-label={name} title={name} className={clsx(look, "hover:brightness-95")}>
      {good > 0 ? good : failed}
    </Link>
  );
}

function Key({ look, children }: { look: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={clsx("size-3 rounded-[4px] border", look, look === LOOKS.good && "border-accent!")} />
      {children}
    </span>
  );
}

function print(date: string, options: Intl.DateTimeFormatOptions): string {
  const text = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(
    Date.parse(`${date}T00:00:00Z`),
  );
  return text.replace("Sept", "Sep").replace(",", "");
}
