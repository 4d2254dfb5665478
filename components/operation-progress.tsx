import { formatBytesOf } from "@/components/bytes";
import { progressText, runProgress } from "@/components/operation-words";
import { Progress } from "@/components/progress";
import type { OperationView } from "@/server/control/types";

/** "Step 3 of 5, 1.9 of 3.1 MB", or the step's name where it counts no bytes. */
export function OperationProgress({ operation, label }: { operation: OperationView; label: string }) {
  const progress = runProgress(operation);
  const { step, percent } = progress;
  const bytes = step?.doneBytes != null && step.totalBytes ? `, ${formatBytesOf(step.doneBytes, step.totalBytes)}` : "";
  if (operation.state === "waiting" || operation.state === "queued") {
    return <span className="text-xs text-ink-3">{operation.summary ?? "Starts when the run before it ends."}</span>;
  }
  return (
    <span className="grid gap-1">
      <Progress
        label={label}
        value={percent === null ? null : percent / 100}
        valueText={progressText(progress)}
        className="mt-1 w-36 max-w-full max-shell:w-full"
      />
      <span className="text-xs text-ink-3 tabular-nums">
        Step {Math.max(1, progress.stepNumber)} of {progress.stepCount}
        {bytes || (step ? `: ${step.name.toLowerCase()}` : "")}
      </span>
    </span>
  );
}
