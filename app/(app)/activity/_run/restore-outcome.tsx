"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTRPC } from "@/app/_trpc/client";
import { UndoButton } from "@/app/(app)/_shell/undo-button";
import { useStatus } from "@/app/(app)/_shell/use-status";
import { backupTime } from "@/components/backup-words";
import { LinkButton } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { Note } from "@/components/note";
import { Time, useMoment } from "@/components/time";
import { formatAbsolute, formatClock } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";
import { resultLine } from "./restore-words";
import { SafetyFailed } from "./safety-failed";

/** How a restore or an undo ended, what that means for the data, and the way back. */
export function RestoreOutcome({ operation }: { operation: OperationView }) {
  const done = operation.state === "ok" || operation.state === "ok-retried";
  return done ? <Restored operation={operation} /> : <NotRestored operation={operation} />;
}

function Restored({ operation }: { operation: OperationView }) {
  const trpc = useTRPC();
  const { database } = useStatus();
  const { now, zone } = useMoment();
  const keptName = textOf(operation, "keptName");
  const kept = useQuery(trpc.backups.kept.queryOptions()).data?.find(({ name }) => name === keptName);
  const taken = backupTime(operation.backupId);
  const when = taken === null ? null : formatAbsolute(taken, now, zone);
  const title =
    when && operation.kind === "restore" ? `${database.name} is back at ${when}` : `${database.name} is back`;
  const safetyId = textOf(operation, "safetyBackupId");
  const fetched = numberOf(operation, "fetchedBytes");
  const reused = numberOf(operation, "reusedBytes");
  return (
    <Note
      tone={operation.state === "ok" ? "ok" : "warn"}
      title={title}
      action={
        <span className="flex flex-wrap gap-2">
          {kept?.newest ? <UndoButton /> : null}
          <LinkButton size="sm" href="/">
            Open Overview
          </LinkButton>
        </span>
      }
    >
      <span className="block">{resultLine(operation) || operation.summary}</span>
      {operation.detail.marked === false ? (
        <span className="block">
          The mark “latest restored” could not be written, the storage did not answer: set it on the backup’s page.
        </span>
      ) : null}
      {fetched !== null && reused !== null && reused > 0 ? (
        <span className="block text-sm text-ink-2">
          {formatBytes(fetched)} fetched, {formatBytes(reused)} were there already.
        </span>
      ) : null}
      {kept?.newest ? (
        <span className="mt-1 block text-sm text-ink-2">
          Undo goes back to <Time at={kept.replacedAt} form="absolute" />. What was written since will be kept in a new
          safety backup.
        </span>
      ) : null}
      {safetyId ? (
        <span className="mt-1 block text-sm text-ink-2">
          Safety backup:{" "}
          <Link href={`/backups/${encodeURIComponent(safetyId)}`} className="text-link font-mono text-id">
            {safetyId}
          </Link>
        </span>
      ) : null}
    </Note>
  );
}

function NotRestored({ operation }: { operation: OperationView }) {
  const { zone } = useMoment();
  const { error, state, summary, finishedAt, kind } = operation;
  const word = kind === "restore" ? "Restore" : "Undo";
  const safetyFailed = operation.steps.some((step) => step.name === "Safety backup" && step.state === "failed");
  const at = finishedAt ? ` at ${formatClock(Date.parse(finishedAt), zone)}` : "";
  const title = safetyFailed
    ? "The safety backup failed, so nothing was changed."
    : state === "rolled-back"
      ? `${word} failed and was rolled back${at}. Your data is as it was.`
      : state === "cancelled"
        ? `${word} was cancelled. Your data is unchanged.`
        : state === "interrupted"
          ? `${word} was interrupted.`
          : operation.noReturn && error?.code === "database_unusable"
            ? `${word} failed, and the database is not open. Both databases are still on disk.`
            : `${word} failed. Your data is unchanged.`;
  return (
    <Note tone={state === "cancelled" ? "info" : "danger"} title={title}>
      {error ? (
        <>
          <span className="block">{withoutTitle(error.message, title)}</span>
          {error.hint ? <span className="mt-1 block text-ink-2">{error.hint}</span> : null}
          <span className="mt-1 block font-mono text-id text-ink-3">{error.code}</span>
        </>
      ) : (
        summary
      )}
      <span className="mt-3 flex flex-wrap items-center gap-2 empty:hidden">
        <AskAgain operation={operation} />
        {safetyFailed && state === "failed" ? <SafetyFailed operation={operation} /> : null}
      </span>
    </Note>
  );
}

/** The server's sentence may open with what the title says already. */
function withoutTitle(message: string, title: string): string {
  return message.startsWith(title) ? message.slice(title.length).trim() : message;
}

/** A restore is asked for anew on its page, where the preview shows what is true by then. */
function AskAgain({ operation }: { operation: OperationView }) {
  const { kind, backupId } = operation;
  const href =
    kind === "undo-restore" ? "/backups/undo" : backupId ? `/backups/${encodeURIComponent(backupId)}/restore` : null;
  return href ? (
    <LinkButton size="sm" icon="refresh" href={href}>
      Try again
    </LinkButton>
  ) : null;
}

function textOf(operation: OperationView, name: string): string | null {
  const fact = operation.detail[name];
  return typeof fact === "string" && fact !== "" ? fact : null;
}

function numberOf(operation: OperationView, name: string): number | null {
  const fact = operation.detail[name];
  return typeof fact === "number" ? fact : null;
}
