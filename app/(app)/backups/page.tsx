import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Backups } from "./_list/backups";
import { LAST_BACKUP_RUNS } from "./_list/last-backup-runs";
import { readListView, toListInput, writeListView } from "./_list/list-view";
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
  ]);
  return (
    <HydrateClient>
      <Backups />
    </HydrateClient>
  );
}
