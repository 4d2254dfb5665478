import clsx from "clsx";

interface ProgressProps {
  /** Accessible name: "Backup progress". */
  label: string;
  /** 0 to 1, or null while the total is unknown: then the bar has no length to lie about. */
  value: number | null;
  /** What a screen reader says: "Step 3 of 5, 61 percent". */
  valueText: string;
  className?: string;
}

export function Progress({ label, value, valueText, className }: ProgressProps) {
  const percent = value === null ? null : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      aria-valuetext={valueText}
      className={clsx("h-1.5 overflow-hidden rounded-full border border-transparent bg-run-soft", className)}
    >
      <div
        className={clsx(
          "h-full rounded-full bg-run forced-colors:bg-[Highlight]",
          percent === null && "w-1/4 opacity-50",
        )}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
