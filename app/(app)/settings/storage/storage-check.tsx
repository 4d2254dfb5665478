"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { CheckLine, type CheckState } from "@/components/check-line";
import { FailureNote } from "@/components/failure-note";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import { useUser } from "../../_shell/user";
import { TakeOver } from "./take-over";

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
      <FailureNote failure={failure} />
      <p role="status" aria-label="Storage check result" className="sr-only">
        {check.isPending ? "Checking the storage" : check.data ? summary(check.data.rows) : ""}
      </p>
      <ul
        aria-label="Storage checks"
        aria-busy={check.isPending}
        className={check.isPending ? "opacity-60" : undefined}
      >
        {(last?.rows ?? []).map((row) => (
          <CheckLine
            key={row.code}
            row={row}
            aside={
              <span className="text-sm text-ink-3 tabular-nums">
                {row.state === "skipped" ? "" : formatDuration(row.durationMs)}
              </span>
            }
          >
            {row.code === "owner" && row.state === "fail" && canAdmin ? <TakeOver /> : null}
          </CheckLine>
        ))}
      </ul>
    </Card>
  );
}

function summary(rows: { state: CheckState }[]): string {
  const failed = rows.filter(({ state }) => state === "fail").length;
  return failed === 0 ? "The storage check passed" : `${failed} of ${rows.length} checks failed`;
}
