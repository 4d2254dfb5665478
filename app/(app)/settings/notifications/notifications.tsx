"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Note } from "@/components/note";
import type { AlertChannelView } from "@/server/nestegg-operate";
import { LOG_INPUT, LOG_REFRESH_MS } from "./alert-words";
import { ChannelList } from "./channel-list";
import { DeliveryLog } from "./delivery-log";

const ChannelDialog = dynamic(() => import("./channel-dialog").then((module) => module.ChannelDialog), { ssr: false });
const RemoveChannel = dynamic(() => import("./remove-channel").then((module) => module.RemoveChannel), { ssr: false });
const TestDialog = dynamic(() => import("./test-dialog").then((module) => module.TestDialog), { ssr: false });

type Open = { what: "add" } | { what: "edit" | "remove" | "test"; channel: AlertChannelView };

export function Notifications() {
  const trpc = useTRPC();
  const again = { refetchInterval: LOG_REFRESH_MS };
  const channels = useSuspenseQuery({ ...trpc.alerts.channels.queryOptions(), ...again }).data;
  const deliveries = useSuspenseQuery({ ...trpc.alerts.deliveries.queryOptions(LOG_INPUT), ...again }).data;
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const dead = channels.filter(({ enabled, deadSince }) => enabled && deadSince);
  return (
    <>
      {dead.length > 0 ? (
        <Note tone="danger" title={`Alerts do not arrive at ${dead.map(({ name }) => name).join(", ")}.`}>
          The answer stands below. Correct the channel and send a test; what waits is tried again at once.
        </Note>
      ) : null}
      <Card
        title="Notifications"
        sub="Who hears when a backup fails, the storage is away, or a restore ends. A trouble is told once, then an hour later and once a day until it is over."
        padded={false}
        aside={
          <Button variant="primary" size="sm" icon="plus" onClick={() => setOpen({ what: "add" })}>
            Add channel
          </Button>
        }
      >
        {channels.length === 0 ? (
          <Empty title="Nobody is told yet">
            Add Slack, Discord, email, a webhook or a ping address, so that a failed backup does not wait to be found.
          </Empty>
        ) : (
          <ChannelList
            channels={channels}
            onTest={(channel) => setOpen({ what: "test", channel })}
            onEdit={(channel) => setOpen({ what: "edit", channel })}
            onRemove={(channel) => setOpen({ what: "remove", channel })}
          />
        )}
      </Card>
      <DeliveryLog deliveries={deliveries} channels={channels} />
      {open?.what === "add" ? <ChannelDialog channel={null} onClose={close} /> : null}
      {open?.what === "edit" ? <ChannelDialog channel={open.channel} onClose={close} /> : null}
      {open?.what === "test" ? <TestDialog channel={open.channel} onClose={close} /> : null}
      {open?.what === "remove" ? (
        <RemoveChannel channel={open.channel} last={channels.length === 1} onClose={close} />
      ) : null}
    </>
  );
}
