import { TRPCError } from "@trpc/server";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getQueryClient, HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Run } from "../_run/run";

export const metadata: Metadata = { title: "Run" };

interface RunPageProps {
  params: Promise<{ id: string }>;
}

export default async function RunPage({ params }: RunPageProps) {
  const id = decodeURIComponent((await params).id);
  await requireUser(`/activity/${encodeURIComponent(id)}`);
  const found = await getQueryClient()
    .fetchQuery(trpc.operations.get.queryOptions({ id }))
    .then(
      () => true,
      (error) => !(error instanceof TRPCError && error.code === "NOT_FOUND"),
    );
  if (!found) notFound();
  await prefetch(trpc.operations.log.queryOptions({ id }));
  return (
    <HydrateClient>
      <Run id={id} />
    </HydrateClient>
  );
}
