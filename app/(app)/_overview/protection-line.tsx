"use client";

import clsx from "clsx";
import Link from "next/link";
import { STATE_WORDS } from "@/components/backup-words";
import { formatBytes, plural } from "@/components/bytes";
import { useMoment } from "@/components/time";
import { formatAbsolute, formatSpan } from "@/components/time-format";
import type { Status } from "../_shell/use-status";
import { isBad, type TimelineMark, timelineMarks, timelineTicks, WINDOW_MS } from "./timeline";

/** Kept free for "now", so that a gap of minutes is still seen. */
const NOW_ROOM = "34px";

function left(position: number) {
  return { left: `calc((100% - ${NOW_ROOM}) * ${position.toFixed(4)})` };
}

/** Coverage as a line that frays into a dashed gap; each egg is a backup. */
export function ProtectionLine({ status }: { status: Status }) {
  const { now, zone } = useMoment();
  const marks = timelineMarks(status.timeline, now);
  const newest = status.newestGood ? Date.parse(status.newestGood.timestamp) : null;
  const covered = newest !== null && !status.database.changedSinceBackup;
  // Backups from before this day mean that the line comes from the left edge; else it starts at the first egg.
  const older = status.counts.backups > status.timeline.length;
  const from = older ? 0 : (marks.find((mark) => !isBad(mark))?.position ?? 0);
  const to = newest === null ? 0 : Math.max(0, Math.min(1, 1 - (now - newest) / WINDOW_MS));
  const good = status.timeline.filter((point) => !isBad(point)).length;
  const gap =
    newest === null
      ? "no good backup yet"
      : covered
        ? "nothing changed since"
        : `the newest ${formatSpan(now - newest)} ago`;

  return (
    <div className="mt-5 sm:mt-7">
      <div className="mb-3 flex flex-wrap justify-between gap-x-4 text-sm text-ink-2">
        <span>
          <b className="font-semibold text-ink">Last 24 hours</b>, {plural(status.timeline.length, "backup")}
        </span>
        <GapText status={status} age={newest === null ? null : now - newest} covered={covered} />
      </div>
      <div className="relative h-[22px]">
        <div
          role="img"
          aria-label={`Timeline of the last 24 hours: ${plural(good, "good backup")}, ${gap}`}
          className="absolute inset-0"
        >
          {to > from || covered ? (
            <span
              className="absolute top-2.5 h-[3px] rounded-full bg-accent forced-colors:bg-[CanvasText]"
              style={{ ...left(from), right: covered ? 0 : `calc(100% - (100% - ${NOW_ROOM}) * ${to.toFixed(4)})` }}
            />
          ) : null}
          {covered ? null : (
            <span
              className="frayed absolute top-2.5 right-0 h-[3px]"
              style={left(Math.max(to, newest === null ? 0 : from))}
            />
          )}
          <span className="absolute top-px right-0 h-[21px] w-0.5 bg-ink forced-colors:bg-[CanvasText]" />
        </div>
        <ol aria-label="Backups in the last 24 hours">
          {marks.map((mark) => (
            <Egg key={mark.id} mark={mark} now={now} zone={zone} />
          ))}
        </ol>
      </div>
      <div aria-hidden="true" className="relative mt-1 h-[18px] text-xs text-ink-3">
        <span className="absolute left-0">24 h ago</span>
        {timelineTicks(now, zone).map(({ position, text }, index) => (
          <span
            key={text}
            style={left(position)}
            className={clsx("absolute -translate-x-1/2 whitespace-nowrap", index % 2 === 0 && "max-sm:hidden")}
          >
            {text}
          </span>
        ))}
        <span className="absolute right-0 font-semibold text-ink">Now</span>
      </div>
    </div>
  );
}

function Egg({ mark, now, zone }: { mark: TimelineMark; now: number; zone: string }) {
  const words = [
    formatAbsolute(Date.parse(mark.at), now, zone),
    formatBytes(mark.bytes),
    STATE_WORDS[mark.state].toLowerCase(),
    ...(mark.count > 1 ? [`with ${mark.count - 1} more close by`] : []),
  ].join(", ");
  const proven = mark.state === "verified" || mark.state === "checked";
  return (
    <li style={left(mark.position)} className={clsx("absolute -top-0.5", !mark.narrow && "max-sm:hidden")}>
      <Link
        href={`/backups/${encodeURIComponent(mark.id)}`}
        prefetch={false}
        aria-label={words}
        title={words}
        data-backup-id={mark.id}
        data-status={mark.state}
        className="egg-shape grid h-[26px] w-6 -translate-x-1/2 place-items-center"
      >
        <span
          className={clsx(
            "egg-shape h-[15px] w-3 border-[2.5px] outline-3 outline-(--hero-mid)",
            isBad(mark)
              ? "border-danger-solid bg-danger-soft"
              : proven
                ? "border-accent bg-accent forced-colors:bg-[CanvasText]"
                : "border-accent bg-surface",
          )}
        />
      </Link>
    </li>
  );
}

function GapText({ status, age, covered }: { status: Status; age: number | null; covered: boolean }) {
  if (age === null) return <span>Nothing is backed up yet</span>;
  if (covered) return <span>Nothing changed since the last backup</span>;
  const { walBytes } = status.loss;
  return (
    <span>
      <b className="font-semibold text-ink">{formatSpan(age)}</b> not yet backed up
      {walBytes > 0 ? `, ${formatBytes(walBytes)} of changes` : ""}
    </span>
  );
}
