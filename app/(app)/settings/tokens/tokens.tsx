// biome-ignore-all lint/a11y/noRedundantRoles: older Safari drops a table’s meaning where CSS changes its display, as the narrow layout does.
"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Note } from "@/components/note";
import { Time } from "@/components/time";

const NewToken = dynamic(() => import("./new-token").then((module) => module.NewToken), { ssr: false });
const RevokeToken = dynamic(() => import("./revoke-token").then((module) => module.RevokeToken), { ssr: false });

type Token = RouterOutputs["tokens"]["list"][number];

const STATES = {
  active: { tone: "ok", word: "Active" },
  expiring: { tone: "warn", word: "Expires soon" },
  expired: { tone: "quiet", word: "Expired" },
  revoked: { tone: "quiet", word: "Revoked" },
} as const;

export function Tokens() {
  const trpc = useTRPC();
  const tokens = useSuspenseQuery(trpc.tokens.list.queryOptions()).data;
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <Card
      title="API tokens"
      sub="For scripts and apps. Nestegg keeps only a hash; a token is shown once."
      padded={false}
      aside={
        <Button variant="primary" size="sm" icon="plus" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      {facts.environmentToken ? (
        <div className="px-4 pt-3 sm:px-[22px]">
          <Note tone="info">
            A token with all rights is set by ADMIN_API_TOKEN in the environment. It is not listed here.
          </Note>
        </div>
      ) : null}
      {tokens.length === 0 ? (
        <Empty title="No tokens yet">
          A deploy script needs one with the right “Create backups” to back up before it deploys.
        </Empty>
      ) : (
        <TokenTable tokens={tokens} onRevoke={setRevoking} />
      )}
      {making ? <NewToken publicUrl={facts.publicUrl} onClose={() => setMaking(false)} /> : null}
      {revoking ? <RevokeToken token={revoking} onClose={() => setRevoking(null)} /> : null}
    </Card>
  );
}

/** On a narrow screen each row becomes a block; explicit roles keep it a table for screen readers. */
function TokenTable({ tokens, onRevoke }: { tokens: Token[]; onRevoke(token: Token): void }) {
  return (
    <table aria-label="API tokens" className="mt-3 w-full text-sm max-sm:block" role="table">
      <thead role="rowgroup" className="text-left text-ink-3 max-sm:sr-only">
        <tr role="row">
          {["Name", "Rights", "Last used", "Expires", "State", ""].map((name) => (
            <th
              key={name}
              role="columnheader"
              scope="col"
              className="px-2 py-2 font-medium first:pl-[22px] last:pr-[22px]"
            >
              {name || <span className="sr-only">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className="max-sm:block">
        {tokens.map((token) => (
          <tr
            key={token.id}
            role="row"
            data-token-id={token.id}
            data-status={token.state}
            className="border-t border-line align-top max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3 [&>*]:sm:px-2 [&>*]:sm:py-3 [&>*]:sm:first:pl-[22px] [&>*]:sm:last:pr-[22px]"
          >
            <th role="rowheader" scope="row" className="text-left font-normal max-sm:order-1">
              <div className="text-base font-semibold [overflow-wrap:anywhere]">{token.name}</div>
              <div className="font-mono text-id text-ink-3">…{token.tail}</div>
            </th>
            <td role="cell" className="text-ink-2 max-sm:order-3 max-sm:col-span-2">
              {token.scopes.join(", ")}
            </td>
            <td role="cell" className="text-ink-2 max-sm:order-4">
              {token.lastUsedAt ? <Time at={token.lastUsedAt} /> : "never used"}
              {token.lastUsedFrom ? <div className="text-ink-3">from {token.lastUsedFrom}</div> : null}
            </td>
            <td role="cell" className="text-ink-2 max-sm:order-5 max-sm:text-right">
              {token.expiresAt ? <Time at={token.expiresAt} form="day" /> : "never"}
            </td>
            <td role="cell" className="max-sm:order-2">
              <Badge tone={STATES[token.state].tone}>{STATES[token.state].word}</Badge>
            </td>
            <td role="cell" className="text-right max-sm:order-6 max-sm:col-span-2">
              {token.state === "revoked" ? null : (
                <Button size="sm" aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)}>
                  Revoke…
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
