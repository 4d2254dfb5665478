"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Card } from "@/components/card";
import { BucketRules } from "./bucket-rules";
import { ConnectR2 } from "./connect-r2";
import { KeptDatabases } from "./kept-databases";
import { StorageCheck } from "./storage-check";
import { StorageFacts } from "./storage-facts";

type Facts = RouterOutputs["settings"]["facts"];

export function StorageSettings() {
  const trpc = useTRPC();
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  return (
    <>
      <Card
        title="Where backups go"
        sub={`${facts.storage.label.charAt(0).toUpperCase()}${facts.storage.label.slice(1)}. These come from the environment and are read-only here.`}
      >
        <StorageFacts facts={facts} />
      </Card>
      {facts.storage.kind === "local" ? <ConnectR2 /> : null}
      <StorageCheck />
      {facts.storage.kind === "r2" ? <BucketRules /> : null}
      <KeptDatabases />
      <Card title="How this server runs">
        <ServerFacts facts={facts} />
      </Card>
    </>
  );
}

function ServerFacts({ facts }: { facts: Facts }) {
  const rows: [string, string][] = [
    ["Nestegg", facts.version],
    ["DuckDB", facts.engineVersion],
    ["Automatic backups", facts.backupEnabled ? "on" : "off (BACKUP_ENABLED=false)"],
    ["Address", facts.publicUrl],
  ];
  return (
    <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[180px_minmax(0,1fr)]">
      {rows.map(([name, value]) => (
        <div key={name} className="sm:contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
