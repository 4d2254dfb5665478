"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useTRPC } from "@/app/_trpc/client";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { ConnectR2 } from "../(app)/settings/storage/connect-r2";
import { StorageCheck } from "../(app)/settings/storage/storage-check";
import { StorageFacts } from "../(app)/settings/storage/storage-facts";

export function SetupStorage() {
  const trpc = useTRPC();
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  const last = useSuspenseQuery(trpc.settings.lastStorageCheck.queryOptions()).data;
  const passed = last?.rows.every(({ state }) => state !== "fail") ?? false;
  return (
    <div className="grid gap-4">
      <h1 className="text-center font-serif text-fact font-medium">Where your backups go</h1>
      <Card title={facts.storage.kind === "r2" ? "Cloudflare R2" : "A folder on this machine"}>
        <StorageFacts facts={facts} />
      </Card>
      {facts.storage.kind === "local" ? <ConnectR2 /> : null}
      <StorageCheck />
      <div className="flex flex-wrap justify-end gap-2">
        <LinkButton href="/setup?step=backup" variant={passed ? "primary" : "default"}>
          Continue
        </LinkButton>
      </div>
    </div>
  );
}
