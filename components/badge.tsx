import clsx from "clsx";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/components/icon";

export type Tone = "ok" | "run" | "quiet" | "warn" | "bad" | "tag" | "line";

const TONES: Record<Tone, string> = {
  ok: "bg-accent-soft text-accent-ink",
  run: "bg-run-soft text-run",
  quiet: "bg-quiet-soft text-quiet",
  warn: "bg-warn-soft text-warn",
  bad: "bg-danger-soft text-danger",
  tag: "bg-tag-soft text-tag",
  line: "border-line! bg-transparent text-ink-2 font-medium",
};
const ICONS: Partial<Record<Tone, IconName>> = {
  ok: "check",
  run: "arc",
  quiet: "ring",
  warn: "warning",
  bad: "cross",
  tag: "pin",
};

interface BadgeProps {
  tone: Tone;
  /** Defaults to the tone's own; null draws none. */
  icon?: IconName | null;
  children: ReactNode;
  className?: string;
}

/** A state or a mark: words and an icon, never colour alone. */
export function Badge({ tone, icon, children, className }: BadgeProps) {
  const drawn = icon === undefined ? ICONS[tone] : icon;
  return (
    <span
      className={clsx(
        "inline-flex items-center gap-1 rounded-full border border-transparent px-2 py-px text-xs font-semibold whitespace-nowrap",
        TONES[tone],
        className,
      )}
    >
      {drawn ? <Icon name={drawn} size={12} /> : null}
      {children}
    </span>
  );
}

const INK: Record<Tone, string> = {
  ok: "text-accent-ink",
  run: "text-run",
  quiet: "text-quiet",
  warn: "text-warn",
  bad: "text-danger",
  tag: "text-tag",
  line: "text-ink-2",
};

/** The same without the pill, for table cells. */
export function StateText({ tone, icon, children, className }: BadgeProps) {
  const drawn = icon === undefined ? ICONS[tone] : icon;
  return (
    <span className={clsx("inline-flex items-center gap-1.5 font-semibold", INK[tone], className)}>
      {drawn ? <Icon name={drawn} size={14} /> : null}
      {children}
    </span>
  );
}

/** Egg-shaped disc that opens a row of a list. */
export function Disc({ tone, icon, className }: { tone: Tone; icon?: IconName; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={clsx(
        "egg-shape grid size-7 shrink-0 place-items-center border border-transparent",
        TONES[tone],
        className,
      )}
    >
      <Icon name={icon ?? ICONS[tone] ?? "ring"} size={14} />
    </span>
  );
}
