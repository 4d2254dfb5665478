import { TRPCError } from "@trpc/server";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getQueryClient, HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Backup } from "../_one/backup";

export const metadata: Metadata = { title: "Backup" };

interface BackupPageProps {
  params: Promise<{ id: string }>;
}

export default async function BackupPage({ params }: BackupPageProps) {
  const id = decodeURIComponent((await params).id);
  await requireUser(`/backups/${encodeURIComponent(id)}`);
  const [found] = await Promise.all([
    exists(id),
    prefetch(trpc.settings.facts.queryOptions()),
    prefetch(trpc.database.tables.queryOptions()),
    prefetch(trpc.backups.list.queryOptions({ limit: 1 })),
    prefetch(trpc.operations.list.queryOptions({ backupId: id, kinds: ["backup", "adopt"], limit: 1 })),
  ]);
  if (!found) notFound();
  return (
    <HydrateClient>
      <Backup id={id} />
    </HydrateClient>
  );
}

/** Other failures are for the page to show: it asks again in the browser. */
async function exists(id: string): Promise<boolean> {
  return getQueryClient()
    .fetchQuery(trpc.backups.get.queryOptions({ id }))
    .then(
      () => true,
      (error) => !(error instanceof TRPCError && (error.code === "NOT_FOUND" || error.code === "BAD_REQUEST")),
    );
}
