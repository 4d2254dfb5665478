import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Cost } from "./cost";

export const metadata: Metadata = { title: "Cost, Settings" };

export default async function CostPage() {
  await requireUser("/settings/cost");
  await prefetch(trpc.cost.get.queryOptions());
  return (
    <HydrateClient>
      <Cost />
    </HydrateClient>
  );
}
