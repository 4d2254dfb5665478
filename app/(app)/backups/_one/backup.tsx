"use client";

import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useLiveOperations } from "@/app/(app)/_shell/live";
import { useUser } from "@/app/(app)/_shell/user";
import { BackupBadges } from "@/components/backup-badges";
import { BackupState } from "@/components/backup-state";
import { BackupTables } from "@/components/backup-tables";
import { hasFile, restorePath, STATE_TONES, STATE_WORDS } from "@/components/backup-words";
import { Badge } from "@/components/badge";
import { Button, LinkButton } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { CopyButton } from "@/components/copy-button";
import { Empty } from "@/components/empty";
import { Note } from "@/components/note";
import { PageHead } from "@/components/page-head";
import { TabPanel, Tabs } from "@/components/tabs";
import { Time } from "@/components/time";
import { CancelRun } from "../../activity/_runs/cancel-run";
import type { BackupQuestion } from "../_actions/backup-dialogs";
import { BackupMenu } from "../_actions/backup-menu";
import { useBackupActions } from "../_actions/use-backup-actions";
import { GoneBackup } from "./gone-backup";
import { ManifestView } from "./manifest-view";
import { Summary } from "./summary";
import { Troubles } from "./troubles";
import { useTab } from "./use-tab";

const BackupDialogs = dynamic(() => import("../_actions/backup-dialogs").then((module) => module.BackupDialogs), {
  ssr: false,
});

export function Backup({ id }: { id: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.backups.get.queryOptions({ id }));
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  const total = useQuery(trpc.backups.list.queryOptions({ limit: 1 })).data?.total ?? 0;
  const live = useQuery(trpc.database.tables.queryOptions()).data ?? null;
  const { canOperate } = useUser();
  const actions = useBackupActions();
  const [question, setQuestion] = useState<BackupQuestion | null>(null);
  const [tab, setTab] = useTab();
  const run = useLiveOperations().find((operation) => operation.backupId === id && operation.kind !== "delete") ?? null;
  const backup = query.data;

  if (query.error && appErrorOf(query.error).code === "not_found") return <GoneBackup id={id} />;
  if (!backup) {
    return query.error ? (
      <Note tone="danger" role="alert" title="This backup could not be read.">
        {appErrorOf(query.error).message} {appErrorOf(query.error).hint}
      </Note>
    ) : null;
  }
  const error = actions.errors[id];
  const tables = backup.verification?.tables ?? [];

  return (
    <>
      <PageHead
        trail={
          <Link href="/backups" className="text-link">
            Backups
          </Link>
        }
        title={<Time at={backup.timestamp} form="absolute" />}
        sub={
          <span className="grid gap-2 pt-1">
            <span className="flex flex-wrap items-center gap-2">
              <Badge tone={STATE_TONES[backup.state]}>{STATE_WORDS[backup.state]}</Badge>
              <BackupBadges backup={backup} engine={facts.engineVersion} />
            </span>
            <span className="flex flex-wrap items-center gap-1">
              <span className="font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{id}</span>
              <CopyButton text={id} label="Copy id" iconOnly variant="quiet" />
            </span>
          </span>
        }
        actions={
          <>
            {hasFile(backup) ? <DownloadButton bytes={backup.bytes} onDownload={() => actions.download(id)} /> : null}
            {hasFile(backup) && backup.state !== "unregistered" ? (
              <LinkButton icon="restore" href={restorePath(id)}>
                Restore…
              </LinkButton>
            ) : null}
            <BackupMenu backup={backup} storage={facts.storage} actions={actions} ask={setQuestion} />
          </>
        }
      />
      <div
        data-backup-id={id}
        data-status={backup.state}
        data-type={backup.type}
        data-locked={backup.locked || undefined}
        data-latest-restored={backup.status === "latest_restored" || undefined}
      >
        {error ? (
          <Note
            tone="danger"
            role="alert"
            className="mb-3"
            action={
              <Button size="sm" variant="quiet" onClick={() => actions.dismiss(id)}>
                Dismiss
              </Button>
            }
          >
            {error}
          </Note>
        ) : null}
        {run ? (
          <div className="card mb-4 flex flex-wrap items-center justify-between gap-3 px-5 py-3">
            <BackupState backup={backup} operation={run} />
            <span className="flex items-center gap-3">
              <Link href={`/activity/${run.id}`} className="text-link text-sm">
                View run
              </Link>
              <CancelRun operation={run} name="Cancel run" />
            </span>
          </div>
        ) : null}
        <Troubles
          backup={backup}
          actions={actions}
          ask={setQuestion}
          engine={facts.engineVersion}
          running={run !== null}
        />
        <Tabs
          label="Backup sections"
          value={tab}
          onValueChange={setTab}
          items={[
            { value: "summary", label: "Summary" },
            { value: "tables", label: "Tables", count: backup.verification ? tables.length : undefined },
            { value: "manifest", label: "Manifest" },
          ]}
        >
          <TabPanel value="summary">
            <Summary
              backup={backup}
              storage={facts.storage}
              onEdit={canOperate && backup.manifest ? () => setQuestion({ kind: "describe", backup }) : null}
            />
          </TabPanel>
          <TabPanel value="tables">
            {tables.length > 0 ? (
              <BackupTables tables={tables} live={live} />
            ) : (
              <div className="card">
                <Empty title={backup.verification ? "No tables were counted" : "Not verified yet"}>
                  The verification opens the backup and counts the rows of every table.
                </Empty>
              </div>
            )}
          </TabPanel>
          <TabPanel value="manifest">
            <ManifestView id={id} manifest={backup.manifest} />
          </TabPanel>
        </Tabs>
      </div>
      {question ? (
        <BackupDialogs question={question} actions={actions} total={total} onClose={() => setQuestion(null)} />
      ) : null}
    </>
  );
}

function DownloadButton({ bytes, onDownload }: { bytes: number; onDownload: () => Promise<boolean> }) {
  const { canOperate } = useUser();
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    await onDownload();
    setBusy(false);
  };
  return (
    <span className="flex items-center gap-3">
      {canOperate ? null : (
        <span id="download-reason" className="text-sm text-ink-3">
          Only operators and admins can download.
        </span>
      )}
      <Button
        variant="primary"
        icon="download"
        busy={busy}
        disabled={!canOperate}
        aria-describedby={canOperate ? undefined : "download-reason"}
        onClick={() => void press()}
      >
        Download {formatBytes(bytes)}
      </Button>
    </span>
  );
}
