"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Note } from "@/components/note";
import { runProgress } from "@/components/operation-words";
import { useLiveOperations } from "./live";
import type { Operation } from "./live-runs";
import { useRestored } from "./use-restored";
import { useStatus } from "./use-status";

/** Drawn on few days: its code comes with it. */
const Restored = dynamic(() => import("./restored").then((module) => module.Restored));

/** The id form of a backup that a stop takes. */
const SHUTDOWN_ID = /-backup-\d{8}-\d{6}\.duckdb$/;

/** What everybody must see on every page: at most one warning (the server picks the worst), and a restore of the last day. */
export function Attention({ seenRestore }: { seenRestore: string | null }) {
  const warning = useWarning();
  const restored = useRestored(seenRestore);
  if (!warning && !restored) return null;
  return (
    <section aria-label="Attention" data-code={warning?.code ?? "restored"} className="mb-4 grid gap-2">
      {warning?.note}
      {restored ? <Restored run={restored.run} onDismiss={restored.dismiss} /> : null}
    </section>
  );
}

function useWarning(): { code: string; note: ReactNode } | null {
  const { attention, protection } = useStatus();
  const path = usePathname();
  const active = useLiveOperations();
  const stopping = active.find((run) => run.kind === "backup" && SHUTDOWN_ID.test(run.backupId ?? ""));
  if (stopping) {
    const text = `The app is shutting down and making its last backup (${stepOf(stopping)}).`;
    return { code: "stopping", note: <Note tone="info">{text}</Note> };
  }
  const swap = active.find((run) => run.kind === "restore" || run.kind === "undo-restore");
  // Overview's strip and the run's own page say it themselves.
  if (swap && path !== "/" && path !== `/activity/${swap.id}`) {
    return {
      code: "restoring",
      note: (
        <Note tone="info" action={<ReadOn href={`/activity/${swap.id}`} text="View run" />}>
          {swap.kind === "restore" ? "A restore" : "The undo of a restore"} is running ({stepOf(swap)}). The database is
          about to be replaced.
        </Note>
      ),
    };
  }
  // On Overview the verdict already says it, a few lines further down.
  if (!attention || (path === "/" && attention.text === protection.line)) return null;
  return {
    code: attention.code,
    note: (
      <Note tone={attention.tone} action={attention.link ? <ReadOn {...attention.link} /> : null}>
        {attention.text}
      </Note>
    ),
  };
}

function stepOf(run: Operation): string {
  const { stepNumber, stepCount } = runProgress(run);
  return `step ${Math.max(1, stepNumber)} of ${stepCount}`;
}

function ReadOn({ href, text }: { href: string; text: string }) {
  return (
    <Link href={href} className="text-link">
      {text}
    </Link>
  );
}
