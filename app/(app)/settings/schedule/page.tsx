import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Schedule } from "./schedule";

export const metadata: Metadata = { title: "Schedule, Settings" };

export default async function SchedulePage() {
  await requireUser("/settings/schedule");
  await prefetch(trpc.schedule.get.queryOptions());
  return (
    <HydrateClient>
      <Schedule />
    </HydrateClient>
  );
}
