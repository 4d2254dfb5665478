"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { DiscardButton } from "@/components/discard-button";
import { FailureNote } from "@/components/failure-note";
import { Checkbox, TextField } from "@/components/field";
import type { DrillSettings, DrillView } from "@/server/nestegg-operate";
import { UnsavedGuard } from "../unsaved-guard";
import { useDraft } from "../use-draft";

const DAYS = { min: 1, max: 90 };

const AS_TYPED = {
  formOf: ({ enabled, everyDays }: DrillSettings) => ({ enabled, days: String(everyDays) }),
  isSame: (form: { enabled: boolean; days: string }, kept: DrillSettings) =>
    form.enabled === kept.enabled && Number(form.days) === kept.everyDays,
};

export function DrillInterval({ view }: { view: DrillView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const draft = useDraft(view.settings, AS_TYPED);
  const { form, was, dirty } = draft;
  const save = useMutation(
    trpc.drills.save.mutationOptions({
      onSuccess: (saved) => {
        queryClient.setQueryData(trpc.drills.get.queryKey(), saved);
        draft.discard();
      },
      onError: () => void queryClient.invalidateQueries(trpc.drills.get.queryFilter()),
    }),
  );
  const { enabled, days } = form;
  const everyDays = Number(days);
  const wrong = !Number.isInteger(everyDays) || everyDays < DAYS.min || everyDays > DAYS.max;
  const failure = save.error ? appErrorOf(save.error) : null;
  const change = (part: Partial<typeof form>) => {
    save.reset();
    draft.change({ ...form, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) save.mutate({ enabled, everyDays, was });
  };
  return (
    <>
      <UnsavedGuard dirty={dirty && canAdmin} what="the drills" />
      <form aria-label="Drills by themselves" onSubmit={submit} className="grid gap-2 pt-3">
        <Checkbox
          label="Practise restores by itself"
          checked={enabled}
          disabled={!canAdmin || save.isPending}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        <div className="max-w-64">
          <TextField
            label="Every so many days"
            inputMode="numeric"
            value={days}
            readOnly={!canAdmin || save.isPending}
            onChange={(event) => change({ days: event.target.value.trim() })}
            hint="From 1 to 90. One that failed is tried again after a day."
            error={wrong ? "Use a whole number of days from 1 to 90." : undefined}
          />
        </div>
        <FailureNote failure={failure} />
        {canAdmin ? (
          <div className="flex flex-wrap items-center gap-3 pt-1">
            <Button type="submit" size="sm" busy={save.isPending} disabled={wrong || !dirty}>
              Save drills
            </Button>
            {dirty ? (
              <DiscardButton
                size="sm"
                busy={save.isPending}
                onDiscard={() => {
                  save.reset();
                  draft.discard();
                }}
              />
            ) : null}
            <span role="status" aria-label="Saving drills" className="text-sm text-ink-2">
              {save.isSuccess && !dirty ? "Saved." : ""}
            </span>
          </div>
        ) : (
          <p className="text-sm text-ink-2">Only admins can change this. Ask an admin.</p>
        )}
      </form>
    </>
  );
}
