import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { RetentionSettings } from "./retention-settings";

export const metadata: Metadata = { title: "Retention, Settings" };

export default async function RetentionPage() {
  await requireUser("/settings/retention");
  await prefetch(trpc.retention.get.queryOptions());
  return (
    <HydrateClient>
      <RetentionSettings />
    </HydrateClient>
  );
}
