"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useCallback } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useLiveOperations } from "@/app/(app)/_shell/live";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { useUser } from "@/app/(app)/_shell/user";
import { useAfterRuns } from "@/app/(app)/backups/_restore/use-after-runs";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { FailureNote } from "@/components/failure-note";
import { Time } from "@/components/time";
import { DrillHistory } from "./drill-history";
import { DrillInterval } from "./drill-interval";

/** A backup is worth what its restore was worth: practised by itself, measured, and told when it fails. */
export function Drills() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = useRefresh();
  const { canOperate } = useUser();
  const { data: view } = useSuspenseQuery(trpc.drills.get.queryOptions());
  useAfterRuns(useCallback(() => queryClient.invalidateQueries(trpc.drills.get.pathFilter()), [queryClient, trpc]));
  const running = useLiveOperations().find(({ kind }) => kind === "drill");
  const run = useMutation(trpc.drills.run.mutationOptions({ onSuccess: () => refresh("operations", "status") }));
  const failure = run.error ? appErrorOf(run.error) : null;
  return (
    <Card
      title="Restore drills"
      sub="Fetches the newest good backup and a random older one to a scratch folder, opens them and reads every row. Nothing of the live database is used, so the time is what a restore on a new machine would take at least."
      aside={
        <Button
          size="sm"
          icon="restore"
          busy={run.isPending || running !== undefined}
          disabled={!canOperate}
          onClick={() => run.mutate({})}
        >
          Run a drill now
        </Button>
      }
    >
      {canOperate ? null : (
        <p className="text-sm text-ink-2">Only operators and admins can run a drill. Ask an admin.</p>
      )}
      <FailureNote failure={failure} />
      <p role="status" aria-label="Restore drill" className="pt-1 text-base">
        {running ? (
          <>
            A drill is running.{" "}
            <Link href={`/activity/${encodeURIComponent(running.id)}`} className="text-link">
              View run
            </Link>
          </>
        ) : view.nextAt ? (
          <>
            The next one runs <Time at={view.nextAt} form="both" />.
          </>
        ) : view.settings.enabled ? (
          "The first one runs a day after the first good backup."
        ) : (
          "None runs by itself."
        )}
      </p>
      <DrillInterval view={view} />
      <DrillHistory results={view.results} />
    </Card>
  );
}
