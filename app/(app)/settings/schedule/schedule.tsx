"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Card } from "@/components/card";
import { Note } from "@/components/note";
import { Time, useMoment } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import { PauseControl } from "./pause-control";
import { ScheduleForm } from "./schedule-form";

export type ScheduleView = RouterOutputs["schedule"]["get"];

const RUN_WORDS: Record<string, string> = {
  ok: "ended well",
  "ok-retried": "ended well after a retry",
  failed: "failed",
  cancelled: "was cancelled",
  interrupted: "was interrupted",
  queued: "waits in line",
  running: "is under way",
  waiting: "waits",
};

/** When the next backup comes by itself, and everything that decides it. */
export function Schedule() {
  const trpc = useTRPC();
  const view = useSuspenseQuery(trpc.schedule.get.queryOptions()).data;
  return (
    <>
      {view.backupEnabled ? null : (
        <Note tone="warn" title="Nothing runs by itself.">
          BACKUP_ENABLED is false in the environment: whatever is saved here waits for it.
        </Note>
      )}
      {view.overdueSince ? (
        <Note
          tone="warn"
          title="A backup is overdue."
          action={
            <Link href="/activity" className="font-semibold underline underline-offset-3">
              Open Activity
            </Link>
          }
        >
          The one due <Time at={view.overdueSince} form="both" /> has not made a good backup yet; what was written since
          the last good one is in no backup.
        </Note>
      ) : null}
      <Card title="Now" aside={<PauseControl view={view} />}>
        <Now view={view} />
      </Card>
      <ScheduleForm view={view} />
    </>
  );
}

function Now({ view }: { view: ScheduleView }) {
  const { now } = useMoment();
  const { pause, lastRun, nextRunAt, intervalSeconds, settings } = view;
  return (
    <dl className="grid gap-x-6 gap-y-2 pt-1 sm:grid-cols-[180px_minmax(0,1fr)]">
      <Fact term="Next backup">
        {pause ? (
          <>
            Paused until <Time at={pause.until} form="absolute" /> by {pause.by}: {pause.reason}
          </>
        ) : nextRunAt && Date.parse(nextRunAt) <= now ? (
          <>
            Any moment: it was due <Time at={nextRunAt} form="absolute" />
          </>
        ) : nextRunAt ? (
          <Time at={nextRunAt} form="both" />
        ) : (
          "Only when you press the button"
        )}
      </Fact>
      <Fact term="Last scheduled backup">
        {lastRun ? (
          <>
            <Time at={lastRun.at} form="both" />,{" "}
            {lastRun.operationId ? (
              <Link href={`/activity/${lastRun.operationId}`} className="font-semibold underline underline-offset-3">
                {RUN_WORDS[lastRun.state] ?? lastRun.state}
              </Link>
            ) : (
              "its record is gone"
            )}
          </>
        ) : (
          "None yet"
        )}
      </Fact>
      <Fact term="At a stop">
        {view.backupEnabled ? "One more, whatever stands below" : "None"}; how long a stop may take is set by
        SHUTDOWN_BUDGET_SECONDS
      </Fact>
      {intervalSeconds !== null && settings.enabled && view.backupEnabled ? (
        <Fact term="Longest gap">{formatDuration(intervalSeconds * 1000)}: what a lost disk may cost at worst</Fact>
      ) : null}
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="sm:contents">
      <dt className="text-ink-3">{term}</dt>
      <dd className="[overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
