"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useLiveOperations } from "@/app/(app)/_shell/live";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { FilterListbox } from "@/components/filter-listbox";
import { Note } from "@/components/note";
import { OperationRow } from "@/components/operation-row";
import { OperationTable } from "@/components/operation-table";
import { KIND_WORDS } from "@/components/operation-words";
import { PageHead } from "@/components/page-head";
import { groupRows } from "@/components/row-groups";
import { useMoment } from "@/components/time";
import {
  type ActivityView,
  KINDS,
  RESULT_NAMES,
  RESULTS,
  readActivityView,
  toActivityInput,
  withLiveRuns,
  writeActivityView,
} from "./activity-view";
import { CancelRun } from "./cancel-run";

const NONE: ActivityView = { kinds: [], results: [], cursors: [] };

/** Every run that was ever asked for, the newest first; those that run now move. */
export function Activity() {
  const trpc = useTRPC();
  const path = usePathname();
  const params = useSearchParams();
  const moment = useMoment();
  const view = readActivityView(new URLSearchParams(params));
  const change = (part: Partial<ActivityView>) =>
    window.history.pushState(null, "", path + writeActivityView({ ...view, cursors: [], ...part }));
  const query = useQuery(
    trpc.operations.list.queryOptions(toActivityInput(view), { placeholderData: keepPreviousData }),
  );
  const page = query.data;
  const rows = withLiveRuns(page?.operations ?? [], useLiveOperations(), view);
  const filtered = view.kinds.length > 0 || view.results.length > 0;
  const failure = query.error ? appErrorOf(query.error) : null;
  const groups = groupRows(rows, (run) => run.createdAt, moment);

  return (
    <>
      <PageHead title="Activity" sub="Everything Nestegg did, and who asked for it." />
      <search aria-label="Filter activity" className="mb-3 flex flex-wrap gap-2">
        <FilterListbox
          label="Kind"
          multiple
          options={KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] }))}
          selected={view.kinds}
          onChange={(chosen) => change({ kinds: KINDS.filter((kind) => chosen.includes(kind)) })}
        />
        <FilterListbox
          label="Result"
          multiple
          options={RESULT_NAMES.map((result) => ({ value: result, label: RESULTS[result].label }))}
          selected={view.results}
          onChange={(chosen) => change({ results: RESULT_NAMES.filter((result) => chosen.includes(result)) })}
        />
      </search>
      {failure ? (
        <Note
          tone="danger"
          role="alert"
          className="mb-3"
          title="Activity could not be read."
          action={
            <Button size="sm" onClick={() => (view.cursors.length > 0 ? change({}) : void query.refetch())}>
              Try again
            </Button>
          }
        >
          {failure.message} {failure.hint}
        </Note>
      ) : null}
      {page && rows.length === 0 ? (
        <div className="card">
          {filtered ? (
            <Empty
              title="No run matches these filters"
              action={<Button onClick={() => change(NONE)}>Clear filters</Button>}
            />
          ) : (
            <Empty title="Nothing has happened yet">The first backup will be the first row.</Empty>
          )}
        </div>
      ) : page ? (
        <div className="shell:card">
          <OperationTable
            stale={query.isPlaceholderData}
            groups={groups.map((group) => ({
              label: group.label,
              rows: group.rows.map((run) => (
                <OperationRow
                  key={run.id}
                  operation={run}
                  cancel={<CancelRun operation={run} name={`Cancel ${run.title} ${run.backupId ?? ""}`.trim()} />}
                />
              )),
            }))}
          />
          <nav
            aria-label="Pages"
            className="flex justify-end gap-1.5 px-5 py-2.5 shell:border-t shell:border-line max-shell:px-0.5"
          >
            <Button
              size="sm"
              disabled={view.cursors.length === 0}
              onClick={() => change({ cursors: view.cursors.slice(0, -1) })}
            >
              Previous
            </Button>
            <Button
              size="sm"
              disabled={!page.nextCursor || query.isPlaceholderData}
              onClick={() => change({ cursors: [...view.cursors, page.nextCursor ?? ""] })}
            >
              Next
            </Button>
          </nav>
        </div>
      ) : null}
    </>
  );
}
