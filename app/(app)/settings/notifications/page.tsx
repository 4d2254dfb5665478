import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { LOG_INPUT } from "./alert-words";
import { Notifications } from "./notifications";

export const metadata: Metadata = { title: "Notifications, Settings" };

export default async function NotificationsPage() {
  const user = await requireUser("/settings/notifications");
  if (user.role !== "admin") {
    return (
      <Card>
        <Empty title="Only admins can open this" action={<LinkButton href="/settings/storage">Storage</LinkButton>}>
          Ask an admin to send alerts to a place that you read.
        </Empty>
      </Card>
    );
  }
  await Promise.all([
    prefetch(trpc.alerts.channels.queryOptions()),
    prefetch(trpc.alerts.deliveries.queryOptions(LOG_INPUT)),
  ]);
  return (
    <HydrateClient>
      <Notifications />
    </HydrateClient>
  );
}
