"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { FailureNote } from "@/components/failure-note";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { DoctorReport } from "@/server/nestegg-operate";
import { DoctorRows } from "./doctor-rows";

/** Everything that a way back needs, tried and looked at; the last report stays with its time. */
export function Doctor() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const { data: report } = useSuspenseQuery(trpc.doctor.last.queryOptions());
  const run = useMutation(
    trpc.doctor.run.mutationOptions({
      onSuccess: (result) => {
        queryClient.setQueryData(trpc.doctor.last.queryKey(), result);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
      },
    }),
  );
  const failure = run.error ? appErrorOf(run.error) : null;
  return (
    <Card
      title="Doctor"
      sub={
        report ? (
          <>
            Last run <Time at={report.at} form="both" />, in {formatDuration(report.durationMs)}
          </>
        ) : (
          "Tries every right that the storage must give, reads every block of the database, and says what each finding means."
        )
      }
      aside={
        <Button size="sm" icon="refresh" busy={run.isPending} disabled={!canAdmin} onClick={() => run.mutate()}>
          Run the doctor
        </Button>
      }
    >
      {canAdmin ? null : <p className="text-sm text-ink-2">Only admins can run the doctor. Ask an admin.</p>}
      <FailureNote failure={failure} />
      <p role="status" aria-label="Doctor’s result" className={report ? "pt-1 text-base font-semibold" : "sr-only"}>
        {run.isPending ? "The doctor is looking…" : report ? verdict(report) : ""}
      </p>
      {report ? <DoctorRows rows={report.rows} busy={run.isPending} /> : null}
    </Card>
  );
}

function verdict({ rows }: DoctorReport): string {
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const faults = count("fault");
  const warnings = count("warning");
  if (faults + warnings === 0) return "All is well.";
  const parts = [faults > 0 ? plural(faults, "fault") : null, warnings > 0 ? plural(warnings, "warning") : null];
  return `${parts.filter(Boolean).join(", ")}.`;
}
