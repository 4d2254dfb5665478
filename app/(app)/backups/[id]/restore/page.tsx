import { setTimeout as sleep } from "node:timers/promises";
import { TRPCError } from "@trpc/server";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getQueryClient, HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Restore } from "../../_restore/restore";

export const metadata: Metadata = { title: "Restore" };

/** A big database takes longer to compare than people wait for a page: then the rest is shown and the preview streams in. */
const PREVIEW_WAIT_MS = 150;

interface RestorePageProps {
  params: Promise<{ id: string }>;
}

export default async function RestorePage({ params }: RestorePageProps) {
  const id = decodeURIComponent((await params).id);
  await requireUser(`/backups/${encodeURIComponent(id)}/restore`);
  const found = await getQueryClient()
    .fetchQuery(trpc.backups.get.queryOptions({ id }))
    .then(
      () => true,
      (error) => !(error instanceof TRPCError && (error.code === "NOT_FOUND" || error.code === "BAD_REQUEST")),
    );
  if (!found) notFound();
  const previewed = await Promise.race([
    prefetch(trpc.backups.previewRestore.queryOptions({ id })).then(() => true),
    sleep(PREVIEW_WAIT_MS, false),
  ]);
  return (
    <HydrateClient>
      <Restore id={id} previewed={previewed} />
    </HydrateClient>
  );
}
