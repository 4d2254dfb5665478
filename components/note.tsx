import clsx from "clsx";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/components/icon";

export type NoteTone = "danger" | "warn" | "info" | "ok";

const LOOKS: Record<NoteTone, { box: string; icon: IconName; ink: string }> = {
  danger: { box: "bg-danger-soft border-danger/30", icon: "warning", ink: "text-danger" },
  warn: { box: "bg-warn-soft border-warn-edge/40", icon: "warning", ink: "text-warn" },
  info: { box: "bg-run-soft border-run/25", icon: "info", ink: "text-run" },
  ok: { box: "bg-accent-soft border-accent/25", icon: "check", ink: "text-accent-ink" },
};

interface NoteProps {
  tone: NoteTone;
  title?: ReactNode;
  /** A link or a small button. */
  action?: ReactNode;
  /** `alert` only for what just happened because of the reader's own press. */
  role?: "alert" | "status";
  className?: string;
  children?: ReactNode;
}

/** Something to know before going on: stays until it is mended. */
export function Note({ tone, title, action, role, className, children }: NoteProps) {
  const look = LOOKS[tone];
  return (
    <div
      role={role}
      className={clsx(
        "flex items-start gap-x-3 gap-y-1.5 rounded-card border px-4 py-3 max-sm:flex-wrap",
        look.box,
        className,
      )}
    >
      <Icon name={look.icon} className={clsx("mt-0.5", look.ink)} />
      <div className="min-w-0 flex-1 text-base [overflow-wrap:anywhere] max-sm:basis-4/5">
        {title ? <strong className="font-semibold">{title}</strong> : null}
        {title && children ? " " : null}
        {children}
      </div>
      {action ? <div className="shrink-0 text-sm max-sm:basis-full max-sm:pl-7">{action}</div> : null}
    </div>
  );
}
