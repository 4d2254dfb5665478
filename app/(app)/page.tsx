import type { Metadata } from "next";
import { getQueryClient, requireUser, trpc } from "@/app/_trpc/server";
import { Overview } from "./_overview/overview";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage() {
  await requireUser("/");
  const { storage } = await getQueryClient().fetchQuery(trpc.settings.facts.queryOptions());
  return <Overview storageKind={storage.kind} />;
}
