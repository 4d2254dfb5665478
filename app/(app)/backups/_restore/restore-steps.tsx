import { clsx } from "clsx";

const STEPS = ["Preview", "Confirm", "Run"] as const;
export type RestoreStep = (typeof STEPS)[number];

export function RestoreSteps({ current }: { current: RestoreStep }) {
  return (
    <ol aria-label="Restore steps" className="flex gap-4 text-sm">
      {STEPS.map((step, index) => (
        <li
          key={step}
          aria-current={step === current ? "step" : undefined}
          className={clsx(step === current ? "font-semibold text-ink" : "text-ink-3")}
        >
          <span className="mr-1 tabular-nums">{index + 1}</span>
          {step}
        </li>
      ))}
    </ol>
  );
}
