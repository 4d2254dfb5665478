import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { StorageSettings } from "./storage-settings";

export const metadata: Metadata = { title: "Storage, Settings" };

export default async function StoragePage() {
  await requireUser("/settings/storage");
  await Promise.all([
    prefetch(trpc.settings.facts.queryOptions()),
    prefetch(trpc.settings.lastStorageCheck.queryOptions()),
    prefetch(trpc.backups.kept.queryOptions()),
  ]);
  return (
    <HydrateClient>
      <StorageSettings />
    </HydrateClient>
  );
}
