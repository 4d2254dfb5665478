"use client";

import { useSyncExternalStore } from "react";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { Empty } from "@/components/empty";
import { createCurl, type StorageFacts } from "../_actions/snippets";

export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="No backup matches these filters" action={<Button onClick={onClear}>Clear filters</Button>}>
      Every backup is still there.
    </Empty>
  );
}

const nothing = () => () => {};

export function NoBackups({ databaseName, storage }: { databaseName: string; storage: StorageFacts }) {
  const origin = useSyncExternalStore(
    nothing,
    () => window.location.origin,
    () => "",
  );
  const curl = createCurl(origin);
  return (
    <Empty title="No backups yet">
      <p>
        Nestegg copies {databaseName}.duckdb to {storage.label} without stopping your app. Press “Backup now”, or let a
        script do it:
      </p>
      <div className="mt-4 flex flex-wrap items-center justify-center gap-2">
        <code className="max-w-full rounded-control bg-sunken px-3 py-2 text-left font-mono text-id [overflow-wrap:anywhere]">
          {curl}
        </code>
        <CopyButton text={curl} label="Copy curl line" iconOnly />
      </div>
    </Empty>
  );
}
