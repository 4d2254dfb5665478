import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { toParams } from "../../backups/_list/to-params";
import { Audit } from "./audit";
import { readAuditView, toAuditInput, writeAuditView } from "./audit-view";

export const metadata: Metadata = { title: "Audit, Settings" };

interface AuditPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AuditPage({ searchParams }: AuditPageProps) {
  const view = readAuditView(toParams(await searchParams));
  const user = await requireUser(`/settings/audit${writeAuditView(view)}`);
  if (user.role !== "admin") {
    return (
      <Card>
        <Empty title="Only admins can open this" action={<LinkButton href="/activity">Activity</LinkButton>}>
          What Nestegg did itself stands in Activity.
        </Empty>
      </Card>
    );
  }
  await Promise.all([
    prefetch(trpc.audit.list.queryOptions(toAuditInput(view))),
    prefetch(trpc.audit.choices.queryOptions()),
  ]);
  return (
    <HydrateClient>
      <Audit />
    </HydrateClient>
  );
}
