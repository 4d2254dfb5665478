"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useLiveOperation } from "@/app/(app)/_shell/live";
import { backupTime, isActive } from "@/components/backup-words";
import { Badge } from "@/components/badge";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Note } from "@/components/note";
import { OperationLog } from "@/components/operation-log";
import { OperationSteps } from "@/components/operation-steps";
import { lastedMs, progressText, RUN_TONES, RUN_WORDS, runProgress } from "@/components/operation-words";
import { PageHead } from "@/components/page-head";
import { Time, useMoment } from "@/components/time";
import { formatAbsolute, formatDuration } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";
import { CancelRun } from "../_runs/cancel-run";
import { Outcome } from "./outcome";
import { RestoreOutcome } from "./restore-outcome";
import { isSwap } from "./restore-words";
import { RunningBar } from "./running-bar";
import { TryAgain } from "./try-again";

/** New lines come with steps; asking more often than people read is waste. */
const LOG_EVERY_MS = 1_000;

/** The live page of a run and, later, its record. */
export function Run({ id }: { id: string }) {
  const trpc = useTRPC();
  const { now, zone } = useMoment();
  const query = useQuery(trpc.operations.get.queryOptions({ id }));
  const live = useLiveOperation(id);
  const read = query.data;
  const run = live && (!read || live.revision >= read.revision) ? live : read;
  const active = run ? isActive(run) : false;
  const log = useQuery(trpc.operations.log.queryOptions({ id }, { refetchInterval: active ? LOG_EVERY_MS : false }));

  // The last lines are written as the run ends, which may be while this page is on its way to the browser.
  const { refetch } = log;
  useEffect(() => {
    if (!active) void refetch();
  }, [active, refetch]);

  if (!run) {
    if (!query.error) return null;
    const failure = appErrorOf(query.error);
    if (failure.code === "not_found") return <UnknownRun />;
    return (
      <Note tone="danger" role="alert" title="This run could not be read.">
        {failure.message} {failure.hint}
      </Note>
    );
  }
  const lasted = lastedMs(run);
  return (
    <>
      <PageHead
        trail={
          <Link href="/activity" className="text-link">
            Activity
          </Link>
        }
        title={headOf(run, now, zone)}
        sub={
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1 pt-1">
            <Badge tone={RUN_TONES[run.state]}>{RUN_WORDS[run.state]}</Badge>
            <span>
              Started by {run.actor.name}, <Time at={run.createdAt} form="both" />
              {lasted === null ? "" : `, took ${formatDuration(lasted)}`}
            </span>
          </span>
        }
        actions={
          active ? (
            run.noReturn ? (
              <p className="text-sm text-ink-2">Past the point of no return. It finishes in a moment.</p>
            ) : (
              <CancelRun operation={run} name="Cancel run" />
            )
          ) : (
            <TryAgain operation={run} />
          )
        }
      />
      <p role="status" className="sr-only">
        {active ? announcement(run) : `${RUN_WORDS[run.state]}.`}
      </p>
      <div data-run-id={run.id} data-status={run.state} className="grid gap-4">
        {active ? (
          <RunningBar operation={run} />
        ) : isSwap(run) ? (
          <RestoreOutcome operation={run} />
        ) : (
          <Outcome operation={run} />
        )}
        <div className="grid items-start gap-4 wide:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
          <Card title="Steps">
            {run.steps.length > 0 ? (
              <OperationSteps steps={run.steps} />
            ) : (
              <p className="text-ink-3">It has no steps.</p>
            )}
          </Card>
          <OperationLog runId={run.id} lines={log.data ?? []} />
        </div>
      </div>
    </>
  );
}

/** A restore says where to; every other run has a title of its own. */
function headOf(run: OperationView, now: number, zone: string): string {
  if (run.kind === "undo-restore") return isActive(run) ? "Undoing the restore" : "Undo of the restore";
  const at = run.kind === "restore" ? backupTime(run.backupId) : null;
  if (at === null) return run.title;
  return `${isActive(run) ? "Restoring" : "Restore"} to ${formatAbsolute(at, now, zone)}`;
}

/** Step changes only: a percentage that is read out four times a second helps nobody. */
function announcement(run: OperationView): string {
  const progress = runProgress(run);
  if (!progress.step) return RUN_WORDS[run.state];
  const step = `${progressText({ ...progress, percent: null })}: ${progress.step.name}`;
  return run.noReturn ? `${step}. Past the point of no return.` : step;
}

export function UnknownRun() {
  return (
    <>
      <PageHead title="No run with this id" />
      <div className="card">
        <Empty title="It is not in the book" action={<LinkButton href="/activity">All activity</LinkButton>}>
          The address may be cut off, or it belongs to another server.
        </Empty>
      </div>
    </>
  );
}
