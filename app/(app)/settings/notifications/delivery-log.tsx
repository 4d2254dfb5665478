"use client";

import { StateText } from "@/components/badge";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { TABLE_ROLES } from "@/components/table-roles";
import { Time } from "@/components/time";
import type { AlertChannelView, AlertDelivery } from "@/server/nestegg-operate";
import { DELIVERY_STATES, TURN_WORDS } from "./alert-words";

const COLUMNS = ["When", "Channel", "What", "State"];

/** What was sent, what waits, and what the other side said. */
export function DeliveryLog({ deliveries, channels }: { deliveries: AlertDelivery[]; channels: AlertChannelView[] }) {
  const nameOf = (id: string) => channels.find((channel) => channel.id === id)?.name ?? "a removed channel";
  return (
    <Card
      title="Delivery log"
      sub="The newest 30. A message that fails is tried again for about an hour and a quarter, also over a restart."
      padded={false}
    >
      {deliveries.length === 0 ? (
        <Empty title="Nothing was sent yet">A test is the first thing to see here.</Empty>
      ) : (
        <table {...TABLE_ROLES.table} aria-label="Delivery log" className="mt-3 w-full text-sm max-sm:block">
          <thead {...TABLE_ROLES.group} className="text-left text-ink-3 max-sm:sr-only">
            <tr {...TABLE_ROLES.row}>
              {COLUMNS.map((name) => (
                <th key={name} {...TABLE_ROLES.column} className="px-2 py-2 font-medium first:pl-[22px] last:pr-[22px]">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody {...TABLE_ROLES.group} className="max-sm:block">
            {deliveries.map((delivery) => (
              <DeliveryRow key={delivery.id} delivery={delivery} channel={nameOf(delivery.channelId)} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function DeliveryRow({ delivery, channel }: { delivery: AlertDelivery; channel: string }) {
  const { state, attempts, answer, nextTryAt } = delivery;
  return (
    <tr
      {...TABLE_ROLES.row}
      data-delivery-id={delivery.id}
      data-status={state}
      className="border-t border-line align-top max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3 [&>*]:sm:px-2 [&>*]:sm:py-2.5 [&>*]:sm:first:pl-[22px] [&>*]:sm:last:pr-[22px]"
    >
      <td {...TABLE_ROLES.cell} className="whitespace-nowrap text-ink-2 max-sm:order-2 max-sm:text-right">
        <Time at={delivery.createdAt} form="absolute" />
      </td>
      <td {...TABLE_ROLES.cell} className="text-ink-2 [overflow-wrap:anywhere] max-sm:order-1">
        {channel}
      </td>
      <td {...TABLE_ROLES.cell} className="max-sm:order-3 max-sm:col-span-2">
        <span className="text-ink-3">{TURN_WORDS[delivery.kind]}: </span>
        <span className="font-medium [overflow-wrap:anywhere]">{delivery.title}</span>
      </td>
      <td {...TABLE_ROLES.cell} className="max-sm:order-4 max-sm:col-span-2">
        <StateText tone={DELIVERY_STATES[state].tone} icon={state === "waiting" ? "clock" : undefined}>
          {DELIVERY_STATES[state].word}
        </StateText>
        <span className="block text-ink-2 [overflow-wrap:anywhere]">
          {answer}
          {attempts > 1 ? ` (try ${attempts})` : null}
          {nextTryAt ? (
            <>
              {answer ? ". " : null}Again at <Time at={nextTryAt} form="clock" />
            </>
          ) : null}
        </span>
      </td>
    </tr>
  );
}
