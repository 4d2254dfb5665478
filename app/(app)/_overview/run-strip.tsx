"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import { StateText } from "@/components/badge";
import { formatBytesOf } from "@/components/bytes";
import { progressLabel, progressText, RUN_TONES, runProgress } from "@/components/operation-words";
import { Progress } from "@/components/progress";
import { CancelRun } from "../_shell/cancel-run";
import { useLiveOperation, useLiveOperations } from "../_shell/live";
import { isOver, type Operation } from "../_shell/live-runs";

/** Long enough to read how it ended; the row in "Recent activity" stays. */
const RESULT_SHOWN_MS = 12_000;

const DOING: Record<Operation["kind"], string> = {
  backup: "Backing up",
  verify: "Verifying",
  delete: "Deleting",
  adopt: "Registering",
  "clean-up": "Cleaning up",
  rescue: "Rescuing the database",
  restore: "Restoring",
  "undo-restore": "Undoing a restore",
  upload: "Registering an uploaded file",
  "let-go": "Deleting a kept database",
  retention: "Going through the retention",
  renewal: "Renewing a protected backup",
  drill: "Trying a restore",
  "bucket-rules": "Writing the bucket's rules",
  "own-records": "Copying settings and records",
};

/** What runs now, under the verdict; it joins the hero and never replaces it. */
export function RunStrip() {
  const active = useLiveOperations();
  const current = active.find((run) => run.state === "running") ?? active[0] ?? null;
  const [lastId, setLastId] = useState(current?.id ?? null);
  const last = useLiveOperation(lastId);
  const id = current?.id ?? null;
  useEffect(() => {
    if (id) {
      setLastId(id);
      return;
    }
    const timer = setTimeout(() => setLastId(null), RESULT_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id]);
  const shown = current ?? last;
  const progress = shown ? runProgress(shown) : null;
  return (
    <>
      {/* Only steps and the end are read out: percentages four times a second would drown everything else. */}
      <p role="status" aria-label="Run progress" className="sr-only">
        {shown ? (isOver(shown) ? `${shown.title}: ${endText(shown)}` : stepText(shown)) : ""}
      </p>
      {shown && progress ? (
        <section
          aria-label="Current run"
          data-run-id={shown.id}
          data-status={shown.state}
          className="appear mt-5 grid gap-x-5 gap-y-2 rounded-card border border-line bg-surface px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-center"
        >
          {isOver(shown) ? (
            <div className="min-w-0">
              <StateText tone={RUN_TONES[shown.state]}>{shown.title}</StateText>
              <div className="text-sm text-ink-2 [overflow-wrap:anywhere]">{endText(shown)}</div>
            </div>
          ) : (
            <div className="grid min-w-0 gap-1.5">
              <div className="flex flex-wrap items-baseline gap-x-2">
                <StateText tone={RUN_TONES[shown.state]}>
                  {shown.state === "queued" ? shown.title : DOING[shown.kind]}
                </StateText>
                <span className="text-sm text-ink-2 tabular-nums">{stepText(shown, true)}</span>
                {active.length > 1 ? (
                  <Link href="/activity" className="text-link text-sm">
                    {active.length - 1} more queued
                  </Link>
                ) : null}
              </div>
              {shown.state === "running" ? (
                <Progress
                  label={progressLabel(shown.kind)}
                  value={progress.percent === null ? null : progress.percent / 100}
                  valueText={progressText(progress)}
                />
              ) : null}
            </div>
          )}
          <div className="flex items-center gap-3">
            <Link href={`/activity/${encodeURIComponent(shown.id)}`} className="text-link text-sm">
              View run
            </Link>
            {isOver(shown) ? null : <CancelRun run={shown} />}
          </div>
        </section>
      ) : null}
    </>
  );
}

function stepText(run: Operation, withBytes = false): string {
  if (run.state === "queued") return run.summary ?? "Queued, starts when the run before it ends.";
  if (run.state === "waiting") return run.summary ?? "Waiting.";
  const { stepNumber, stepCount, step, percent } = runProgress(run);
  const head = `Step ${Math.max(1, stepNumber)} of ${stepCount}`;
  if (!step) return head;
  const named = `${head}: ${step.name.toLowerCase()}`;
  if (!withBytes || step.doneBytes === null || !step.totalBytes) return named;
  return `${named} ${percent ?? 0}\u00a0%, ${formatBytesOf(step.doneBytes, step.totalBytes)}`;
}

function endText(run: Operation): string {
  if (run.state === "rolled-back") return `Rolled back, your data is as it was. ${run.error?.message ?? ""}`.trim();
  if (run.error) return `${run.error.message} ${run.error.hint ?? ""}`.trim();
  return run.summary ?? (run.state === "cancelled" ? "Cancelled. Nothing was stored." : "Done.");
}
