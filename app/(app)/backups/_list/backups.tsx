"use client";

import { keepPreviousData, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { BackupNowButton } from "@/app/(app)/_shell/backup-now";
import { useLiveOperations } from "@/app/(app)/_shell/live";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { formatBytes, plural } from "@/components/bytes";
import { Note } from "@/components/note";
import { PageHead } from "@/components/page-head";
import { useMoment } from "@/components/time";
import type { BackupQuestion } from "../_actions/backup-dialogs";
import { BackupWithNote } from "../_actions/backup-with-note";
import { useBackupActions } from "../_actions/use-backup-actions";
import { UploadButton } from "../_upload/upload-button";
import { Filters } from "./filters";
import { isFiltered, PAGE_SIZE, toListInput } from "./list-view";
import { mergeRuns } from "./merge-runs";
import { NoBackups, NoMatch } from "./no-rows";
import { Notices } from "./notices";
import { Pages } from "./pages";
import { Rows } from "./rows";
import { SelectionToolbar } from "./selection-toolbar";
import { useHeldRuns } from "./use-held-runs";
import { useListView } from "./use-list-view";
import { useSelection } from "./use-selection";

const BackupDialogs = dynamic(() => import("../_actions/backup-dialogs").then((module) => module.BackupDialogs), {
  ssr: false,
});
const AddTagDialog = dynamic(() => import("../_actions/add-tag-dialog").then((module) => module.AddTagDialog), {
  ssr: false,
});

/** The list that the address asks for, with what runs now, and everything one can do to its rows. */
export function Backups() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { now } = useMoment();
  const { canOperate } = useUser();
  const [view, change] = useListView();
  const input = toListInput(view, now);
  const query = useQuery(trpc.backups.list.queryOptions(input, { placeholderData: keepPreviousData }));
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  const actions = useBackupActions();
  const [question, setQuestion] = useState<BackupQuestion | null>(null);
  const [tagging, setTagging] = useState(false);
  const [refreshing, setRefreshing] = useState(false);
  const active = useHeldRuns(useLiveOperations(), query.dataUpdatedAt);
  const list = query.data;
  const filtered = isFiltered(view);
  const firstPage = view.cursors.length === 0 && view.sort === "newest" && !filtered;
  const rows = mergeRuns(list?.backups ?? [], active, firstPage);
  const selection = useSelection(list?.backups ?? []);
  const { selected } = selection;

  const refreshList = async () => {
    setRefreshing(true);
    const fresh = await queryClient
      .fetchQuery(trpc.backups.list.queryOptions({ ...input, fresh: true }, { staleTime: 0 }))
      .catch(() => null);
    if (fresh) queryClient.setQueryData(trpc.backups.list.queryKey(input), fresh);
    setRefreshing(false);
  };
  const eachSelected = async (work: (id: string) => Promise<boolean>) => {
    for (const backup of selected) await work(backup.id);
    selection.setAll(false);
  };
  const clearFilters = () => change({ search: "", types: [], states: [], tag: null, span: null, from: null, to: null });

  return (
    <>
      <PageHead
        title="Backups"
        sub={list ? `${plural(list.total, "backup")}, ${formatBytes(list.totalBytes)} in ${facts.storage.label}` : "…"}
        actions={
          <div className="flex items-start gap-2">
            <UploadButton />
            <BackupWithNote />
            <BackupNowButton />
          </div>
        }
      />
      {list ? <Notices list={list} refreshing={refreshing} onRefresh={() => void refreshList()} /> : null}
      {query.error ? (
        <ListFault error={query.error} onRetry={() => (view.cursors.length > 0 ? change({}) : void query.refetch())} />
      ) : null}
      <div className="mb-3 flex items-center gap-3">
        <Filters view={view} onChange={change} counts={list?.counts} />
        <p role="status" aria-label="Result count" className="flex-none text-sm text-ink-3 max-shell:sr-only">
          {list ? plural(list.matching, "backup") : ""}
        </p>
      </div>
      {selected.length > 0 ? (
        <SelectionToolbar
          selected={selected}
          onLock={() => void eachSelected((id) => actions.lock(id, true))}
          onTag={() => setTagging(true)}
          onDelete={() => setQuestion({ kind: "remove", backups: selected })}
          onClear={() => selection.setAll(false)}
        />
      ) : null}
      {list && rows.length === 0 ? (
        <div className="card">
          {filtered ? (
            <NoMatch onClear={clearFilters} />
          ) : (
            <NoBackups databaseName={facts.databaseName} storage={facts.storage} />
          )}
        </div>
      ) : list ? (
        <div className="shell:card">
          <Rows
            rows={rows}
            list={list}
            view={view}
            engine={facts.engineVersion}
            storage={facts.storage}
            stale={query.isPlaceholderData}
            selection={canOperate ? selection : null}
            actions={actions}
            ask={setQuestion}
            onSort={(sort) => change({ sort })}
          />
          <Pages
            first={view.cursors.length * PAGE_SIZE + 1}
            shown={list.backups.length}
            matching={list.matching}
            onPrevious={view.cursors.length > 0 ? () => change({ cursors: view.cursors.slice(0, -1) }) : null}
            onNext={
              list.nextCursor && !query.isPlaceholderData
                ? () => change({ cursors: [...view.cursors, list.nextCursor ?? ""] })
                : null
            }
          />
        </div>
      ) : null}
      {question ? (
        <BackupDialogs
          question={question}
          actions={actions}
          total={list?.total ?? 0}
          onClose={() => setQuestion(null)}
        />
      ) : null}
      {tagging ? (
        <AddTagDialog
          count={selected.length}
          onClose={() => setTagging(false)}
          onAdd={(tags) =>
            void eachSelected((id) => {
              const backup = selected.find((one) => one.id === id);
              return actions.describe(id, { tags: { ...backup?.tags, ...tags } });
            })
          }
        />
      ) : null}
    </>
  );
}

function ListFault({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { message, hint } = appErrorOf(error);
  return (
    <Note
      tone="danger"
      role="alert"
      className="mb-3"
      title="The list could not be read."
      action={
        <Button size="sm" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {message} {hint}
    </Note>
  );
}
