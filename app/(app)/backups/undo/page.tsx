import { setTimeout as sleep } from "node:timers/promises";
import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { UndoRestore } from "../_restore/undo-restore";

export const metadata: Metadata = { title: "Undo restore" };

/** As on the page of a restore: comparing a big database must not keep the page back. */
const PREVIEW_WAIT_MS = 150;

export default async function UndoPage() {
  await requireUser("/backups/undo");
  const previewed = await Promise.race([
    prefetch(trpc.backups.previewUndo.queryOptions()).then(() => true),
    sleep(PREVIEW_WAIT_MS, false),
  ]);
  return (
    <HydrateClient>
      <UndoRestore previewed={previewed} />
    </HydrateClient>
  );
}
