"use client";

import { useEffect, useState } from "react";
import { formatBytes, formatBytesOf } from "@/components/bytes";
import { type RateSample, rateOf, withSample } from "@/components/operation-rate";
import { progressLabel, progressText, runProgress } from "@/components/operation-words";
import { Progress } from "@/components/progress";
import { formatDuration } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";

/** How far it is, how fast, and how long yet where that is known. */
export function RunningBar({ operation }: { operation: OperationView }) {
  const progress = runProgress(operation);
  const { step, percent } = progress;
  const done = step?.doneBytes ?? null;
  const total = step?.totalBytes ?? null;
  const [samples, setSamples] = useState<RateSample[]>([]);
  useEffect(() => {
    if (done !== null) setSamples((before) => withSample(before, { at: performance.now(), bytes: done }));
  }, [done]);
  const rate = rateOf(samples);
  const left = rate && done !== null && total !== null && total > done ? ((total - done) / rate) * 1000 : null;
  const waits = operation.state === "queued" || operation.state === "waiting";

  return (
    <div className="card px-4 py-4 sm:px-[22px]">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="font-semibold">
          {waits
            ? (operation.summary ?? "Starts when the run before it ends.")
            : step
              ? `Step ${progress.stepNumber} of ${progress.stepCount}: ${step.name.toLowerCase()}`
              : "Starting"}
        </p>
        <p className="text-sm text-ink-2 tabular-nums">
          {done !== null && total ? formatBytesOf(done, total) : null}
          {rate ? `, ${formatBytes(rate)}/s` : null}
          {left ? `, about ${formatDuration(Math.max(1000, left))} left` : null}
          {percent === null ? null : <b className="ml-3 text-lg font-semibold text-run">{percent}&nbsp;%</b>}
        </p>
      </div>
      {waits ? null : (
        <Progress
          label={progressLabel(operation.kind)}
          value={percent === null ? null : percent / 100}
          valueText={progressText(progress)}
          className="mt-2.5"
        />
      )}
    </div>
  );
}
