"use client";

import { Badge, Disc, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Time } from "@/components/time";
import type { AlertChannelView } from "@/server/nestegg-operate";
import { eventWords, KIND_WORDS } from "./alert-words";

interface ChannelListProps {
  channels: AlertChannelView[];
  onTest(channel: AlertChannelView): void;
  onEdit(channel: AlertChannelView): void;
  onRemove(channel: AlertChannelView): void;
}

export function ChannelList({ channels, onTest, onEdit, onRemove }: ChannelListProps) {
  return (
    <ul aria-label="Channels" className="mt-2 pb-2">
      {channels.map((channel) => (
        <li
          key={channel.id}
          data-channel-id={channel.id}
          data-status={stateOf(channel)}
          className="grid grid-cols-[28px_minmax(0,1fr)] gap-2.5 border-line px-4 py-3 not-first:border-t sm:px-[22px]"
        >
          <Disc tone={TONES[stateOf(channel)]} />
          <div className="flex min-w-0 flex-wrap items-start justify-between gap-x-4 gap-y-2">
            <div className="min-w-0 flex-1 basis-72">
              <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="text-base font-semibold [overflow-wrap:anywhere]">{channel.name}</span>
                <span className="text-sm text-ink-2">{KIND_WORDS[channel.kind]}</span>
                {channel.enabled ? null : <Badge tone="quiet">Off</Badge>}
                {channel.deadSince && channel.enabled ? <Badge tone="bad">Does not arrive</Badge> : null}
              </span>
              <span className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{channel.target}</span>
              <span className="block text-sm text-ink-2">{eventWords(channel.events)}</span>
              <Delivered channel={channel} />
            </div>
            <div className="flex flex-wrap gap-2">
              <Button size="sm" onClick={() => onTest(channel)} aria-label={`Send test to ${channel.name}`}>
                Send test
              </Button>
              <Button size="sm" icon="edit" onClick={() => onEdit(channel)} aria-label={`Edit ${channel.name}`}>
                Edit
              </Button>
              <Button size="sm" onClick={() => onRemove(channel)} aria-label={`Remove ${channel.name}`}>
                Remove…
              </Button>
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Delivered({ channel: { lastDelivery, deadSince } }: { channel: AlertChannelView }) {
  if (!lastDelivery) return <span className="block text-sm text-ink-3">Nothing sent yet. Send a test.</span>;
  const at = lastDelivery.finishedAt ?? lastDelivery.createdAt;
  const word = { sent: "Sent", failed: "Failed", waiting: "Waiting since" }[lastDelivery.state];
  return (
    <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">
      {word} <Time at={at} />
      {lastDelivery.answer ? `: ${lastDelivery.answer}` : null}
      {deadSince ? (
        <>
          . Nothing has arrived since <Time at={deadSince} form="absolute" />.
        </>
      ) : null}
    </span>
  );
}

type ChannelState = "works" | "failing" | "dead" | "off" | "new";
const TONES: Record<ChannelState, Tone> = { works: "ok", failing: "warn", dead: "bad", off: "quiet", new: "quiet" };

function stateOf({ enabled, deadSince, lastDelivery }: AlertChannelView): ChannelState {
  if (!enabled) return "off";
  if (deadSince) return "dead";
  if (lastDelivery?.state === "failed") return "failing";
  return lastDelivery?.state === "sent" ? "works" : "new";
}
