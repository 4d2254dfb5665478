"use client";

import Link from "next/link";
import { Note } from "@/components/note";
import { runProgress } from "@/components/operation-words";
import { useLiveOperations } from "./live";
import { useStatus } from "./use-status";

/** The id form of a backup that a stop takes. */
const SHUTDOWN_ID = /-backup-\d{8}-\d{6}\.duckdb$/;

/** At most one warning under the header of every page: the server picks the worst. */
export function Attention() {
  const { attention } = useStatus();
  const stopping = useLiveOperations().find((run) => run.kind === "backup" && SHUTDOWN_ID.test(run.backupId ?? ""));
  if (stopping) {
    const { stepNumber, stepCount } = runProgress(stopping);
    return (
      <section aria-label="Attention" data-code="stopping" className="mb-4">
        <Note tone="info">
          The app is shutting down and making its last backup (step {Math.max(1, stepNumber)} of {stepCount}).
        </Note>
      </section>
    );
  }
  if (!attention) return null;
  const { link } = attention;
  return (
    <section aria-label="Attention" data-code={attention.code} className="mb-4">
      <Note
        tone={attention.tone}
        action={
          link ? (
            <Link href={link.href} className="text-link">
              {link.text}
            </Link>
          ) : null
        }
      >
        {attention.text}
      </Note>
    </section>
  );
}
