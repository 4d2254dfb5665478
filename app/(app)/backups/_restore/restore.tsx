"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useStatus } from "@/app/(app)/_shell/use-status";
import { backupTime } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Note } from "@/components/note";
import { PageHead } from "@/components/page-head";
import { useMoment } from "@/components/time";
import { formatAbsolute, formatSpan } from "@/components/time-format";
import { GoneBackup } from "../_one/gone-backup";
import { Blockers, isBlocked } from "./blockers";
import { ConfirmRestore } from "./confirm-restore";
import { PreviewChanges } from "./preview-changes";
import { PreviewFacts } from "./preview-facts";
import { PreviewWait } from "./preview-wait";
import { type RestoreStep, RestoreSteps } from "./restore-steps";
import { PREVIEW_LASTS, useAfterRuns } from "./use-after-runs";
import { useStreamed } from "./use-streamed";
import { WhatHappens } from "./what-happens";

interface RestoreProps {
  id: string;
  /** The preview is in this page's first HTML. */
  previewed: boolean;
}

/** What a restore would change, what happens, and the one place where it can be asked for. */
export function Restore({ id, previewed }: RestoreProps) {
  const trpc = useTRPC();
  const backup = useQuery(trpc.backups.get.queryOptions({ id }));
  const preview = useQuery(trpc.backups.previewRestore.queryOptions({ id }, PREVIEW_LASTS));
  useAfterRuns(preview.refetch);
  const { database } = useStatus();
  const { now, zone } = useMoment();
  const [step, setStep] = useState<RestoreStep>("Preview");
  const awake = useStreamed(previewed);
  const found = awake ? preview.data : undefined;
  const failure = awake && !found && preview.error ? appErrorOf(preview.error) : null;
  if (failure?.code === "not_found" || (backup.error && appErrorOf(backup.error).code === "not_found")) {
    return <GoneBackup id={id} />;
  }
  // The id holds the time too, should the backup itself not have been read.
  const at = backup.data ? Date.parse(backup.data.timestamp) : (backupTime(id) ?? now);
  const when = formatAbsolute(at, now, zone);
  const blocked = found ? isBlocked(found.blockers) : false;
  return (
    <>
      <PageHead
        trail={
          <span className="flex flex-wrap gap-x-1.5">
            <Link href="/backups" className="text-link">
              Backups
            </Link>
            <span aria-hidden="true">/</span>
            <Link href={`/backups/${encodeURIComponent(id)}`} className="text-link">
              {when}
            </Link>
          </span>
        }
        title={`Restore ${database.name} to ${when}`}
        sub={
          <>
            Going back {formatSpan(Math.max(60_000, now - at))}. Live now → after restore.
            <span className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{id}</span>
          </>
        }
        actions={<RestoreSteps current={step} />}
      />
      {failure ? (
        <Note
          tone="danger"
          role="alert"
          title="The preview could not be made. Nothing was changed."
          action={
            <Button size="sm" busy={preview.isFetching} onClick={() => void preview.refetch()}>
              Try again
            </Button>
          }
        >
          {failure.message} {failure.hint}
        </Note>
      ) : null}
      {found ? (
        <div className="flex flex-col gap-4" data-restore-preview={id} data-blocked={blocked || undefined}>
          <PreviewChanges preview={found} />
          <div className="grid items-start gap-4 wide:grid-cols-2">
            <WhatHappens preview={found} database={database} />
            <PreviewFacts preview={found} />
          </div>
          <Blockers blockers={found.blockers} before={found.timestamp} />
          {blocked ? null : <ConfirmRestore id={id} name={database.name} when={when} onStep={setStep} />}
        </div>
      ) : failure ? null : (
        <PreviewWait />
      )}
    </>
  );
}
