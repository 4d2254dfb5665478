"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { UndoButton } from "@/app/(app)/_shell/undo-button";
import { useUser } from "@/app/(app)/_shell/user";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { formatBytes, plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { Time } from "@/components/time";
import type { KeptDatabase } from "@/server/nestegg-restore";

const LetGoDialog = dynamic(() => import("./let-go-dialog").then((module) => module.LetGoDialog), { ssr: false });

/** Replaced databases beside the live one: what they take, how long they stay, and the way to be rid of one sooner. */
export function KeptDatabases() {
  const trpc = useTRPC();
  const { canAdmin } = useUser();
  const { data: kept } = useQuery(trpc.backups.kept.queryOptions());
  const [leaving, setLeaving] = useState<KeptDatabase | null>(null);
  if (!kept) return null;
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <Card
      title="Kept databases"
      sub={
        kept.length === 0
          ? "A restore keeps the file that it replaced here for some days, so that it can be undone. None is kept now."
          : `${plural(kept.length, "replaced file")} beside the live database, ${formatBytes(bytes)} on this machine’s disk.`
      }
      aside={kept.length > 0 ? <UndoButton /> : null}
    >
      <ul aria-label="Kept databases" className="empty:hidden">
        {kept.map((one) => (
          <li
            key={one.name}
            data-kept={one.name}
            className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-line py-3 not-first:border-t"
          >
            <div className="min-w-0 flex-1 basis-72">
              <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-semibold">
                  <Time at={one.replacedAt} form="absolute" />
                </span>
                <span className="tabular-nums">{formatBytes(one.bytes)}</span>
                {one.newest ? (
                  <Badge tone="quiet" icon="restore">
                    Undo goes here
                  </Badge>
                ) : null}
                {one.uncovered ? <Badge tone="warn">In no backup</Badge> : null}
              </span>
              <span className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{one.name}</span>
              <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">
                Replaced by {one.actor} with {one.replacedBy}. Goes <Time at={one.expiresAt} form="both" />.
                {one.safetyBackupId ? (
                  <>
                    {" "}
                    <Link href={`/backups/${encodeURIComponent(one.safetyBackupId)}`} className="text-link">
                      Safety backup
                    </Link>
                  </>
                ) : null}
              </span>
            </div>
            {canAdmin ? (
              <Button size="sm" aria-label={`Let go of ${one.name}`} onClick={() => setLeaving(one)}>
                Let go…
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {leaving ? <LetGoDialog kept={leaving} onClose={() => setLeaving(null)} /> : null}
    </Card>
  );
}
