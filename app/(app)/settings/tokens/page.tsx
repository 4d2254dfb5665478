import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Tokens } from "./tokens";

export const metadata: Metadata = { title: "API tokens, Settings" };

export default async function TokensPage() {
  const user = await requireUser("/settings/tokens");
  if (user.role !== "admin") {
    return (
      <Card>
        <Empty title="Only admins can open this" action={<LinkButton href="/settings/storage">Storage</LinkButton>}>
          Ask an admin to make a token for you.
        </Empty>
      </Card>
    );
  }
  await Promise.all([prefetch(trpc.tokens.list.queryOptions()), prefetch(trpc.settings.facts.queryOptions())]);
  return (
    <HydrateClient>
      <Tokens />
    </HydrateClient>
  );
}
