"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Disc } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Note } from "@/components/note";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import { useUser } from "../../_shell/user";
import { TakeOver } from "./take-over";

const TONES = { pass: "ok", warn: "warn", fail: "bad", skipped: "quiet" } as const;
const WORDS = { pass: "Passed", warn: "Warning", fail: "Failed", skipped: "Skipped" } as const;

/** Tries the storage from end to end: each row says what was tried, what came back, and what to do. */
export function StorageCheck() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const { data: last } = useQuery(trpc.settings.lastStorageCheck.queryOptions());
  const check = useMutation(
    trpc.settings.storageCheck.mutationOptions({
      onSuccess: (result) => {
        queryClient.setQueryData(trpc.settings.lastStorageCheck.queryKey(), result);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
      },
    }),
  );
  const failure = check.error ? appErrorOf(check.error) : null;
  return (
    <Card
      title="Storage check"
      sub={
        last ? (
          <>
            Last run <Time at={last.at} form="both" />
          </>
        ) : (
          "Tries each right on small objects of its own, and removes them."
        )
      }
      aside={
        <Button size="sm" icon="refresh" busy={check.isPending} disabled={!canAdmin} onClick={() => check.mutate()}>
          Run storage check
        </Button>
      }
    >
      {canAdmin ? null : <p className="text-sm text-ink-2">Only admins can run the check. Ask an admin.</p>}
      {failure ? (
        <Note tone="danger" role="alert" title={failure.message}>
          {failure.hint}
        </Note>
      ) : null}
      <p role="status" aria-label="Storage check result" className="sr-only">
        {check.isPending ? "Checking the storage" : check.data ? summary(check.data.rows) : ""}
      </p>
      <ul
        aria-label="Storage checks"
        aria-busy={check.isPending}
        className={check.isPending ? "opacity-60" : undefined}
      >
        {(last?.rows ?? []).map((row) => (
          <li
            key={row.code}
            data-check={row.code}
            data-status={row.state}
            className="grid grid-cols-[28px_minmax(0,1fr)_auto] gap-2.5 border-line py-2.5 not-first:border-t"
          >
            <Disc tone={TONES[row.state]} />
            <div className="min-w-0">
              <span className="font-semibold">{row.title}</span>
              <span className="sr-only">: {WORDS[row.state]}</span>
              <div className="text-sm text-ink-2 first-letter:uppercase [overflow-wrap:anywhere]">{row.text}</div>
              {row.hint ? <div className="text-sm font-medium [overflow-wrap:anywhere]">{row.hint}</div> : null}
              {row.code === "owner" && row.state === "fail" && canAdmin ? <TakeOver /> : null}
            </div>
            <span className="text-sm text-ink-3 tabular-nums">
              {row.state === "skipped" ? "" : formatDuration(row.durationMs)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function summary(rows: { state: keyof typeof TONES }[]): string {
  const failed = rows.filter(({ state }) => state === "fail").length;
  return failed === 0 ? "The storage check passed" : `${failed} of ${rows.length} checks failed`;
}
