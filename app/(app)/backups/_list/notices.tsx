"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTRPC } from "@/app/_trpc/client";
import { useUser } from "@/app/(app)/_shell/user";
import { sentence } from "@/components/backup-words";
import { Button } from "@/components/button";
import { plural } from "@/components/bytes";
import { Note } from "@/components/note";
import { Time } from "@/components/time";
import type { BackupList } from "@/server/nestegg";
import { LAST_BACKUP_RUNS, NEWEST_FAILED_CHECK } from "./notice-questions";

interface NoticesProps {
  list: BackupList;
  refreshing: boolean;
  onRefresh: () => void;
}

/** What the reader should know before the rows; each stays until it is mended. */
export function Notices({ list, refreshing, onRefresh }: NoticesProps) {
  return (
    <div className="mb-3 grid gap-2 empty:hidden">
      <ListProblem list={list} refreshing={refreshing} onRefresh={onRefresh} />
      <FailedRun />
      <FailedChecks count={list.counts.states.failed ?? 0} />
    </div>
  );
}

function ListProblem({ list, refreshing, onRefresh }: NoticesProps) {
  const { canAdmin } = useUser();
  if (!list.problem) return null;
  return (
    <Note
      tone="danger"
      title="Could not read the bucket."
      action={
        <span className="flex flex-wrap items-center gap-2">
          <Button size="sm" busy={refreshing} onClick={onRefresh}>
            Try again
          </Button>
          {canAdmin ? (
            <Link href="/settings/storage" className="text-link">
              Run storage check
            </Link>
          ) : null}
        </span>
      }
    >
      {list.readAt ? (
        <>
          Showing the list from <Time at={list.readAt} form="absolute" />.{" "}
        </>
      ) : null}
      {list.problem.message} {list.problem.hint}
    </Note>
  );
}

/** A failed run leaves no row: only this says that a backup is missing. Gone as soon as a later one works. */
function FailedRun() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.operations.list.queryOptions(LAST_BACKUP_RUNS));
  const last = data?.operations[0];
  if (!last || (last.state !== "failed" && last.state !== "interrupted")) return null;
  return (
    <Note
      tone="danger"
      title={
        <>
          Backup of <Time at={last.createdAt} form="absolute" />{" "}
          {last.state === "failed" ? "failed" : "was interrupted"}.
        </>
      }
      action={
        <Link href={`/activity/${last.id}`} className="text-link">
          Open run
        </Link>
      }
    >
      {last.error?.message ?? last.summary} {last.error?.hint}
    </Note>
  );
}

function FailedChecks({ count }: { count: number }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.backups.list.queryOptions(NEWEST_FAILED_CHECK));
  const newest = data?.backups[0];
  if (count === 0 || !newest) return null;
  return (
    <Note
      tone="danger"
      title={`${plural(count, "backup")} did not pass ${count === 1 ? "its" : "their"} check.`}
      action={
        <Link
          href={count === 1 ? `/backups/${encodeURIComponent(newest.id)}` : "/backups?state=failed"}
          className="text-link"
        >
          Review {count === 1 ? "it" : "them"}
        </Link>
      }
    >
      <Time at={newest.timestamp} form="absolute" />:{" "}
      {sentence(newest.verification?.error ?? "its manifest cannot be read")}
    </Note>
  );
}
