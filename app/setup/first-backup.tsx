"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useTRPC } from "@/app/_trpc/client";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { CopyButton } from "@/components/copy-button";
import { Seal } from "@/components/mark";
import { RunStrip } from "../(app)/_overview/run-strip";
import { BackupNowButton } from "../(app)/_shell/backup-now";
import { useStatus } from "../(app)/_shell/use-status";

export function FirstBackup() {
  const trpc = useTRPC();
  const facts = useSuspenseQuery(trpc.settings.facts.queryOptions()).data;
  const { newestGood, protection } = useStatus();
  const curl = `curl -X POST -H "Authorization: Bearer YOUR_TOKEN" ${facts.publicUrl}/api/admin/backup`;
  return (
    <Card>
      <div className="grid justify-items-center gap-2 pt-3 text-center">
        <Seal state={newestGood ? protection.status : "unknown"} className="h-[72px] w-16" />
        <h1 className="font-serif text-title font-medium">{newestGood ? protection.title : "Take the first backup"}</h1>
        <p className="max-w-[52ch] text-ink-2">
          {newestGood
            ? protection.line
            : `Nestegg copies ${facts.databaseName}.duckdb while your app goes on writing. The same happens each time it is stopped.`}
        </p>
      </div>
      <RunStrip />
      <div className="mt-5 flex flex-wrap items-start justify-center gap-2">
        {newestGood ? (
          <LinkButton variant="primary" href="/">
            Open Overview
          </LinkButton>
        ) : (
          <>
            <BackupNowButton />
            <LinkButton href="/">Later</LinkButton>
          </>
        )}
      </div>
      {newestGood ? (
        <div className="mt-6 border-t border-line pt-4">
          <p className="mb-2 text-sm text-ink-2">
            A deploy script can do the same. Make a token in Settings, API tokens, and call:
          </p>
          <pre className="mb-2 rounded-control border border-line bg-sunken p-3 font-mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
            {curl}
          </pre>
          <CopyButton text={curl} label="Copy as curl" />
        </div>
      ) : null}
    </Card>
  );
}
