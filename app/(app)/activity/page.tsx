import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { toParams } from "../backups/_list/to-params";
import { Activity } from "./_runs/activity";
import { readActivityView, toActivityInput, writeActivityView } from "./_runs/activity-view";

export const metadata: Metadata = { title: "Activity" };

interface ActivityPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function ActivityPage({ searchParams }: ActivityPageProps) {
  const view = readActivityView(toParams(await searchParams));
  await requireUser(`/activity${writeActivityView(view)}`);
  await prefetch(trpc.operations.list.queryOptions(toActivityInput(view)));
  return (
    <HydrateClient>
      <Activity />
    </HydrateClient>
  );
}
