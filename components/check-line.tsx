import clsx from "clsx";
import type { ReactNode } from "react";
import { Disc } from "@/components/badge";

/** The doctor's words and those of the storage check. */
export type CheckState = "ok" | "pass" | "warning" | "warn" | "fault" | "fail" | "skipped";

const LOOKS = {
  ok: { tone: "ok", word: "In order" },
  pass: { tone: "ok", word: "Passed" },
  warning: { tone: "warn", word: "Warning" },
  warn: { tone: "warn", word: "Warning" },
  fault: { tone: "bad", word: "Fault" },
  fail: { tone: "bad", word: "Failed" },
  skipped: { tone: "quiet", word: "Skipped" },
} as const satisfies Record<CheckState, object>;

interface CheckLineProps {
  row: { code: string; state: CheckState; title: string; text: string; hint: string | null };
  /** At the line's end: how long it took. */
  aside?: ReactNode;
  /** Under the hint: a button that mends it. */
  children?: ReactNode;
}

/** One thing that was tried: what it is, what came back, and what to do. */
export function CheckLine({ row, aside, children }: CheckLineProps) {
  const look = LOOKS[row.state];
  return (
    <li
      data-check={row.code}
      data-status={row.state}
      className={clsx(
        "grid gap-2.5 border-line py-2.5 not-first:border-t",
        aside === undefined ? "grid-cols-[28px_minmax(0,1fr)]" : "grid-cols-[28px_minmax(0,1fr)_auto]",
      )}
    >
      <Disc tone={look.tone} />
      <div className="min-w-0">
        <span className="font-semibold">{row.title}</span>
        <span className="sr-only">: {look.word}</span>
        <div className="text-sm text-ink-2 first-letter:uppercase [overflow-wrap:anywhere]">{row.text}</div>
        {row.hint ? <div className="text-sm font-medium [overflow-wrap:anywhere]">{row.hint}</div> : null}
        {children}
      </div>
      {aside}
    </li>
  );
}
