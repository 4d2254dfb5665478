import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Backups } from "./_list/backups";
import { readListView, toListInput, writeListView } from "./_list/list-view";
import { LAST_BACKUP_RUNS, NEWEST_FAILED_CHECK } from "./_list/notice-questions";
import { toParams } from "./_list/to-params";

export const metadata: Metadata = { title: "Backups" };

interface BackupsPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function BackupsPage({ searchParams }: BackupsPageProps) {
  const view = readListView(toParams(await searchParams));
  await requireUser(`/backups${writeListView(view)}`);
  await Promise.all([
    prefetch(trpc.backups.list.queryOptions(toListInput(view, Date.now()))),
    prefetch(trpc.settings.facts.queryOptions()),
    prefetch(trpc.operations.list.queryOptions(LAST_BACKUP_RUNS)),
    prefetch(trpc.backups.list.queryOptions(NEWEST_FAILED_CHECK)),
  ]);
  return (
    <HydrateClient>
      <Backups />
    </HydrateClient>
  );
}
