import clsx from "clsx";
import { Icon } from "@/components/icon";

const STEPS = [
  ["admin", "Admin account"],
  ["storage", "Storage"],
  ["backup", "First backup"],
] as const;

export type SetupStep = (typeof STEPS)[number][0];

export function SetupSteps({ current }: { current: SetupStep }) {
  const at = STEPS.findIndex(([step]) => step === current);
  return (
    <ol aria-label="Setup steps" className="mb-4 flex flex-wrap justify-center gap-x-5 gap-y-2 text-sm">
      {STEPS.map(([step, name], index) => (
        <li
          key={step}
          aria-current={step === current ? "step" : undefined}
          className={clsx("flex items-center gap-2", index === at ? "font-semibold text-ink" : "text-ink-3")}
        >
          <span
            className={clsx(
              "egg-shape grid size-6 place-items-center text-xs font-semibold",
              index <= at ? "bg-accent text-on-accent" : "bg-quiet-soft text-quiet",
            )}
          >
            {index < at ? <Icon name="check" size={12} /> : index + 1}
          </span>
          {name}
          {index < at ? <span className="sr-only">, done</span> : null}
        </li>
      ))}
    </ol>
  );
}
