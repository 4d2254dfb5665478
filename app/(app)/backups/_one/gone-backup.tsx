"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTRPC } from "@/app/_trpc/client";
import { LinkButton } from "@/components/button";
import { Empty } from "@/components/empty";
import { PageHead } from "@/components/page-head";
import { Time } from "@/components/time";

/** Says who deleted it and when, if this server did. */
export function GoneBackup({ id }: { id: string | null }) {
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.operations.list.queryOptions(
      { backupId: id ?? "", kinds: ["delete"], states: ["ok", "ok-retried"], limit: 1 },
      { enabled: id !== null, retry: false },
    ),
  );
  const deletion = data?.operations[0];
  return (
    <>
      <PageHead title="No backup with this id" />
      <div className="card">
        <Empty title="It is not in the bucket" action={<LinkButton href="/backups">All backups</LinkButton>}>
          {id ? <p className="font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{id}</p> : null}
          {deletion ? (
            <p className="mt-2">
              Deleted <Time at={deletion.finishedAt ?? deletion.createdAt} form="both" /> by {deletion.actor.name}.{" "}
              <Link href={`/activity/${deletion.id}`} className="text-link">
                Open that run
              </Link>
            </p>
          ) : (
            <p className="mt-2">It may have been deleted, or the address may be cut off.</p>
          )}
        </Empty>
      </div>
    </>
  );
}
