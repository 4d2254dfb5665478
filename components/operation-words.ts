import type { Tone } from "@/components/badge";
import type { IconName } from "@/components/icon";
import type { OperationKind, OperationState, OperationStep, OperationView, StepState } from "@/server/control/types";

export const KIND_WORDS: Record<OperationKind, string> = {
  backup: "Backup",
  verify: "Verification",
  delete: "Deletion",
  adopt: "Registration",
  "clean-up": "Clean-up",
  rescue: "Rescue",
  restore: "Restore",
  "undo-restore": "Undo of a restore",
  upload: "Upload",
  "let-go": "Kept database deleted",
  retention: "Retention",
  renewal: "Renewal",
  drill: "Restore drill",
  "bucket-rules": "Rules of the bucket",
  "own-records": "Copy of settings and records",
};

export const KIND_ICONS: Record<OperationKind, IconName> = {
  backup: "arrow-up",
  verify: "shield",
  delete: "trash",
  adopt: "plus",
  "clean-up": "refresh",
  rescue: "warning",
  restore: "restore",
  "undo-restore": "restore",
  upload: "upload",
  "let-go": "trash",
  retention: "clock",
  renewal: "refresh",
  drill: "shield",
  "bucket-rules": "cloud",
  "own-records": "database",
};

export const RUN_WORDS: Record<OperationState, string> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  ok: "Done",
  "ok-retried": "Done after retries",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
  "rolled-back": "Rolled back",
};

export const RUN_TONES: Record<OperationState, Tone> = {
  queued: "quiet",
  running: "run",
  waiting: "warn",
  ok: "ok",
  "ok-retried": "warn",
  failed: "bad",
  cancelled: "quiet",
  interrupted: "bad",
  "rolled-back": "bad",
};

export const STEP_WORDS: Record<StepState, string> = {
  pending: "To come",
  running: "Running",
  ok: "Done",
  skipped: "Skipped",
  failed: "Failed",
};

export interface RunProgress {
  /** Counted from 1; 0 while nothing has begun. */
  stepNumber: number;
  stepCount: number;
  step: OperationStep | null;
  /** Of the step's bytes; null where the total is not known, so that no bar has to lie. */
  percent: number | null;
}

export function runProgress(operation: Pick<OperationView, "steps">): RunProgress {
  const { steps } = operation;
  const running = steps.findIndex((step) => step.state === "running");
  const finished = steps.filter((step) => step.state !== "pending" && step.state !== "running").length;
  const step = running < 0 ? null : (steps[running] ?? null);
  return {
    stepNumber: running < 0 ? finished : running + 1,
    stepCount: steps.length,
    step,
    percent: step ? bytesPercent(step) : null,
  };
}

function bytesPercent(step: OperationStep): number | null {
  if (step.doneBytes === null || step.totalBytes === null || step.totalBytes <= 0) return null;
  return Math.min(100, Math.floor((step.doneBytes / step.totalBytes) * 100));
}

/** The bar's name. */
export function progressLabel(kind: OperationKind): string {
  if (kind === "restore" || kind === "undo-restore") return "Restore progress";
  return `${kind === "backup" ? "Backup" : "Run"} progress`;
}

/** "Step 3 of 5, 61 percent" for a screen reader. */
export function progressText(progress: RunProgress): string {
  const step = `Step ${Math.max(1, progress.stepNumber)} of ${progress.stepCount}`;
  return progress.percent === null ? step : `${step}, ${progress.percent} percent`;
}

export function lastedMs(part: { startedAt: string | null; finishedAt: string | null }, now?: number): number | null {
  if (!part.startedAt) return null;
  const end = part.finishedAt ? Date.parse(part.finishedAt) : now;
  return end === undefined ? null : Math.max(0, end - Date.parse(part.startedAt));
}
