"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Card } from "@/components/card";
import { FailureNote } from "@/components/failure-note";
import { SaveBar } from "@/components/save-bar";
import { useUser } from "../../_shell/user";
import { UnsavedGuard } from "../unsaved-guard";
import { useDraft } from "../use-draft";
import { NextRuns } from "./next-runs";
import type { ScheduleView } from "./schedule";
import { faultsOf, fieldOfError, sameSettings } from "./schedule-faults";
import { ScheduleFields } from "./schedule-fields";
import { usePreview } from "./use-preview";

const SOURCES: Record<ScheduleView["source"], string> = {
  default: "What holds without any setting.",
  environment: "Set by BACKUP_SCHEDULE, BACKUP_TIME_ZONE or BACKUP_SKIP_UNCHANGED; what you save here counts instead.",
  dashboard: "Saved in the dashboard; the environment’s settings of the schedule do not count.",
};

const AS_TYPED = { formOf: (settings: ScheduleView["settings"]) => settings, isSame: sameSettings };

export function ScheduleForm({ view }: { view: ScheduleView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const draft = useDraft(view.settings, AS_TYPED);
  const save = useMutation(
    trpc.schedule.save.mutationOptions({
      onSuccess: (answer) => {
        queryClient.setQueryData(trpc.schedule.get.queryKey(), answer);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
        draft.discard();
      },
      onError: () => queryClient.invalidateQueries(trpc.schedule.get.queryFilter()),
    }),
  );
  const { form: settings, was, dirty } = draft;
  const faults = faultsOf(settings);
  const preview = usePreview(settings, dirty && Object.keys(faults).length === 0);
  const failure = save.error ? appErrorOf(save.error) : null;
  const told = failure ?? preview.failure;
  const errors = told ? { ...faults, ...fieldOfError(told) } : faults;
  const change = (part: Partial<ScheduleView["settings"]>) => {
    save.reset();
    draft.change({ ...settings, ...part });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (Object.keys(errors).length > 0) {
      event.currentTarget.querySelector<HTMLElement>("[aria-invalid]")?.focus();
      return;
    }
    save.mutate({ ...settings, was });
  };
  return (
    <Card title="When backups are taken" sub={SOURCES[view.source]}>
      {/* Above the form, or its own button "Leave" would be one of the form's. */}
      <UnsavedGuard dirty={dirty} what="the schedule" />
      <form noValidate onSubmit={submit} aria-label="Schedule" className="grid gap-5 pt-2">
        {canAdmin ? null : <p className="text-sm text-ink-2">Only admins can change the schedule. Ask an admin.</p>}
        <fieldset disabled={!canAdmin || save.isPending} className="grid min-w-0 gap-4">
          <legend className="sr-only">Schedule</legend>
          <ScheduleFields settings={settings} errors={errors} onChange={change} />
        </fieldset>
        <NextRuns view={dirty ? preview.view : view} settings={settings} busy={dirty && preview.busy} dirty={dirty} />
        <FailureNote failure={failure && Object.keys(fieldOfError(failure)).length === 0 ? failure : null} />
        {canAdmin ? (
          <SaveBar
            label="Save schedule"
            dirty={dirty}
            busy={save.isPending}
            saved={save.isSuccess}
            onDiscard={() => {
              save.reset();
              draft.discard();
            }}
          />
        ) : null}
      </form>
    </Card>
  );
}
