"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Note } from "@/components/note";
import { runProgress } from "@/components/operation-words";
import { useLiveOperations } from "./live";
import { useStatus } from "./use-status";

/** The id form of a backup that a stop takes. */
const SHUTDOWN_ID = /-backup-\d{8}-\d{6}\.duckdb$/;

/** At most one warning under the header of every page: the server picks the worst. */
export function Attention() {
  const { attention, protection } = useStatus();
  const path = usePathname();
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
  // On Overview the verdict already says it, a few lines further down.
  if (!attention || (path === "/" && attention.text === protection.line)) return null;
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
