import { clsx } from "clsx";
import { Disc, type Tone } from "@/components/badge";
import { formatBytesOf } from "@/components/bytes";
import { lastedMs, STEP_WORDS } from "@/components/operation-words";
import { formatDuration } from "@/components/time-format";
import type { OperationStep, StepState } from "@/server/control/types";

const TONES: Record<StepState, Tone> = { pending: "line", running: "run", ok: "ok", skipped: "quiet", failed: "bad" };

export function OperationSteps({ steps }: { steps: OperationStep[] }) {
  return (
    <ol aria-label="Steps" className="grid gap-3">
      {steps.map((step) => {
        const lasted = lastedMs(step);
        const moved = step.doneBytes !== null && step.totalBytes !== null && step.totalBytes > 0;
        return (
          <li
            key={step.name}
            data-step={step.name}
            data-status={step.state}
            aria-current={step.state === "running" ? "step" : undefined}
            className="flex items-start gap-3"
          >
            <Disc tone={TONES[step.state]} icon={step.state === "pending" ? "ring" : undefined} className="size-6!" />
            <span className="min-w-0 flex-1 pt-0.5">
              <span className={clsx(step.state === "pending" ? "text-ink-3" : "font-medium")}>{step.name}</span>
              <span className="sr-only">: {STEP_WORDS[step.state]}</span>
              {step.note ? (
                <span className="block text-sm text-ink-3 [overflow-wrap:anywhere]">{step.note}</span>
              ) : null}
            </span>
            <span className="pt-0.5 text-right text-sm text-ink-3 tabular-nums">
              {moved && step.state === "running" ? formatBytesOf(step.doneBytes ?? 0, step.totalBytes ?? 0) : null}
              {lasted === null ? null : formatDuration(lasted)}
              {step.state === "skipped" && lasted === null ? "skipped" : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
