"use client";

import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { BackupFacts } from "@/components/backup-facts";
import { BackupProof } from "@/components/backup-proof";
import { hasFile, ownTags, tagText } from "@/components/backup-words";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { CopyButton } from "@/components/copy-button";
import type { BackupView } from "@/server/nestegg";
import { attachStatement, downloadCurl, type StorageFacts } from "../_actions/snippets";

interface SummaryProps {
  backup: BackupView;
  storage: StorageFacts;
  onEdit: (() => void) | null;
}

const nothing = () => () => {};

export function Summary({ backup, storage, onEdit }: SummaryProps) {
  const trpc = useTRPC();
  const runs = useQuery(
    trpc.operations.list.queryOptions({ backupId: backup.id, kinds: ["backup", "adopt"], limit: 1 }),
  );
  const madeBy = runs.data?.operations[0];
  const origin = useSyncExternalStore(
    nothing,
    () => window.location.origin,
    () => "",
  );
  const attach = attachStatement(storage, backup.id);
  const tags = ownTags(backup);
  return (
    <div className="grid gap-4">
      <div className="grid items-start gap-4 wide:grid-cols-2">
        <Card title="Proof">
          <BackupProof backup={backup} />
        </Card>
        <Card title="Facts">
          <BackupFacts backup={backup} runHref={madeBy ? `/activity/${madeBy.id}` : null} />
        </Card>
      </div>
      <Card
        title="Note and tags"
        aside={
          onEdit ? (
            <Button size="sm" icon="edit" aria-label="Edit note" onClick={onEdit}>
              Edit
            </Button>
          ) : null
        }
      >
        {backup.note ? <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{backup.note}</p> : null}
        {tags.length > 0 ? (
          <p className="mt-2 flex flex-wrap gap-1.5">
            {tags.map((tag) => (
              <Badge key={tag[0]} tone="quiet" icon="tag" className="max-w-full">
                <span className="truncate">{tagText(tag)}</span>
              </Badge>
            ))}
          </p>
        ) : null}
        {backup.note || tags.length > 0 ? null : <p className="text-ink-3">Nothing was noted.</p>}
      </Card>
      {hasFile(backup) ? (
        <Card
          title="Open it anywhere"
          sub="The backup is a plain DuckDB file: any DuckDB of the same age or newer opens it, without Nestegg."
        >
          <pre className="rounded-control bg-sunken px-3 py-2.5 font-mono text-id whitespace-pre-wrap [overflow-wrap:anywhere]">
            {attach}
          </pre>
          <div className="mt-3 flex flex-wrap gap-2">
            <CopyButton text={attach} label="Copy ATTACH statement" />
            <CopyButton text={downloadCurl(origin, backup.id)} label="Copy as curl" />
          </div>
        </Card>
      ) : null}
    </div>
  );
}
