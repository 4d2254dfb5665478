"use client";

import Link from "next/link";
import { Disc } from "@/components/badge";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { RUN_TONES, RUN_WORDS } from "@/components/operation-words";
import { Time } from "@/components/time";
import type { Status } from "../_shell/use-status";

const SHOWN = 5;

export function RecentActivity({ status }: { status: Status }) {
  return (
    <Card
      title="Recent activity"
      padded={false}
      aside={
        <Link href="/activity" className="text-link text-sm">
          Open activity
        </Link>
      }
    >
      {status.recent.length === 0 ? (
        <Empty title="Nothing has happened yet">The first backup will be the first row.</Empty>
      ) : (
        <ul className="mt-2 pb-2">
          {status.recent.slice(0, SHOWN).map((run) => (
            <li
              key={run.id}
              data-operation-id={run.id}
              data-status={run.state}
              className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-2.5 border-line px-4 py-2.5 not-first:border-t sm:px-[22px]"
            >
              <Disc tone={RUN_TONES[run.state]} />
              <div className="min-w-0">
                <Link href={`/activity/${encodeURIComponent(run.id)}`} className="font-semibold hover:underline">
                  {run.title}
                </Link>
                <div className="truncate text-sm text-ink-2 max-sm:whitespace-normal">
                  {run.error?.message ?? run.summary ?? RUN_WORDS[run.state]}
                </div>
              </div>
              <Time at={run.finishedAt ?? run.createdAt} className="text-sm whitespace-nowrap text-ink-3" />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
