"use client";

import Link from "next/link";
import { Note } from "@/components/note";
import type { RestoreBlocker } from "@/server/nestegg-restore";
import { NearestGood } from "../_one/nearest-good";

/** `waits` is said, and does not block: the run waits by itself. */
export function isBlocked(blockers: RestoreBlocker[]): boolean {
  return blockers.some(({ code }) => code !== "waits");
}

const LOST = new Set<RestoreBlocker["code"]>(["damaged", "missing", "deleting", "newer-engine"]);

interface BlockersProps {
  blockers: RestoreBlocker[];
  /** The backup's own time, to look for a good one near it; null where another backup is no help. */
  before: string | null;
}

/** Why it cannot start now and what to do about it, in place of the form; or, above the form, what it would wait for. */
export function Blockers({ blockers, before }: BlockersProps) {
  if (blockers.length === 0) return null;
  const order = blockers.toSorted((a, b) => Number(a.code === "waits") - Number(b.code === "waits"));
  return (
    <ul aria-label={isBlocked(blockers) ? "In the way" : "Waits for"} className="grid gap-2">
      {order.map(({ code, text, hint, operationId }) => (
        <li key={`${code} ${text}`} data-blocker={code}>
          <Note
            tone={code === "waits" ? "info" : "danger"}
            title={text}
            action={
              operationId ? (
                <Link href={`/activity/${encodeURIComponent(operationId)}`} className="text-link">
                  {code === "waits" || code === "restore-running" ? "View run" : "Open run"}
                </Link>
              ) : null
            }
          >
            {hint}
            {LOST.has(code) && before ? (
              <>
                {" "}
                <NearestGood before={before} />
              </>
            ) : null}
          </Note>
        </li>
      ))}
    </ul>
  );
}
