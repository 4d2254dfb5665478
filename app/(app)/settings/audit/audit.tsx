"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button, buttonClass } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Icon } from "@/components/icon";
import { Note } from "@/components/note";
import { AuditFilters } from "./audit-filters";
import { AuditTable } from "./audit-table";
import {
  type AuditView,
  csvAddress,
  EMPTY_VIEW,
  isFiltered,
  PAGE_ROWS,
  readAuditView,
  toAuditInput,
  writeAuditView,
} from "./audit-view";

/** Who did what, from where: settings, people, tokens, sign-ins, and what was asked of backups. */
export function Audit() {
  const trpc = useTRPC();
  const path = usePathname();
  const view = readAuditView(new URLSearchParams(useSearchParams()));
  const change = (part: Partial<AuditView>) =>
    window.history.pushState(null, "", path + writeAuditView({ ...view, before: [], ...part }));
  const query = useQuery(trpc.audit.list.queryOptions(toAuditInput(view), { placeholderData: keepPreviousData }));
  const rows = query.data?.slice(0, PAGE_ROWS);
  const last = rows?.at(-1);
  const more = (query.data?.length ?? 0) > PAGE_ROWS && last !== undefined && !query.isPlaceholderData;
  const failure = query.error ? appErrorOf(query.error) : null;
  const turn = (before: number[]) => {
    change({ before });
    window.scrollTo({ top: 0 });
  };
  return (
    <Card
      title="Audit"
      sub="Who did what, when and from where. Rows are never changed or deleted here."
      padded={false}
      aside={
        <a href={csvAddress(view)} download className={buttonClass({ size: "sm" })}>
          <Icon name="download" />
          Download CSV
        </a>
      }
    >
      <AuditFilters key={view.target} view={view} onChange={change} />
      {failure ? (
        <div className="px-4 pt-3 sm:px-[22px]">
          <Note
            tone="danger"
            role="alert"
            title="The audit could not be read."
            action={
              <Button size="sm" onClick={() => void query.refetch()}>
                Try again
              </Button>
            }
          >
            {failure.message} {failure.hint}
          </Note>
        </div>
      ) : null}
      {rows?.length === 0 ? (
        isFiltered(view) || view.before.length > 0 ? (
          <Empty title="No row matches" action={<Button onClick={() => change(EMPTY_VIEW)}>Clear filters</Button>}>
            Take a filter away to see more.
          </Empty>
        ) : (
          <Empty title="Nothing yet">The next sign-in or change will be the first row.</Empty>
        )
      ) : rows ? (
        <>
          <AuditTable rows={rows} stale={query.isPlaceholderData} />
          <nav aria-label="Pages" className="flex justify-end gap-1.5 border-t border-line px-4 py-2.5 sm:px-[22px]">
            <Button size="sm" disabled={view.before.length === 0} onClick={() => turn(view.before.slice(0, -1))}>
              Previous
            </Button>
            <Button size="sm" disabled={!more} onClick={() => (last ? turn([...view.before, last.id]) : undefined)}>
              Next
            </Button>
          </nav>
        </>
      ) : null}
    </Card>
  );
}
