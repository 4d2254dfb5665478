"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { useUser } from "../../_shell/user";
import type { ScheduleView } from "./schedule";

const PauseDialog = dynamic(() => import("./pause-dialog").then((module) => module.PauseDialog), { ssr: false });

/** Pause… or Resume, for admins. */
export function PauseControl({ view }: { view: ScheduleView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const [pausing, setPausing] = useState(false);
  const resume = useMutation(
    trpc.schedule.resume.mutationOptions({
      onSuccess: (answer) => {
        queryClient.setQueryData(trpc.schedule.get.queryKey(), answer);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
      },
    }),
  );
  if (!canAdmin || !view.settings.enabled || !view.backupEnabled) return null;
  return (
    <>
      {resume.error ? (
        <span role="alert" className="text-sm text-danger">
          {appErrorOf(resume.error).message}
        </span>
      ) : null}
      {view.pause ? (
        <Button size="sm" busy={resume.isPending} onClick={() => resume.mutate()}>
          Resume
        </Button>
      ) : (
        <Button size="sm" onClick={() => setPausing(true)}>
          Pause…
        </Button>
      )}
      {pausing ? <PauseDialog onClose={() => setPausing(false)} /> : null}
    </>
  );
}
