"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { FailureNote } from "@/components/failure-note";
import { Checkbox, TextField } from "@/components/field";
import type { DrillView } from "@/server/nestegg-operate";
import { UnsavedGuard } from "../unsaved-guard";

const DAYS = { min: 1, max: 90 };

export function DrillInterval({ view }: { view: DrillView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const [enabled, setEnabled] = useState(view.settings.enabled);
  const [days, setDays] = useState(String(view.settings.everyDays));
  const save = useMutation(
    trpc.drills.save.mutationOptions({
      onSuccess: (saved) => queryClient.setQueryData(trpc.drills.get.queryKey(), saved),
    }),
  );
  const everyDays = Number(days);
  const wrong = !Number.isInteger(everyDays) || everyDays < DAYS.min || everyDays > DAYS.max;
  const changed = enabled !== view.settings.enabled || everyDays !== view.settings.everyDays;
  const failure = save.error ? appErrorOf(save.error) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) save.mutate({ enabled, everyDays });
  };
  return (
    <>
      <UnsavedGuard dirty={changed && canAdmin} what="the drills" />
      <form aria-label="Drills by themselves" onSubmit={submit} className="grid gap-2 pt-3">
        <Checkbox
          label="Practise restores by itself"
          checked={enabled}
          disabled={!canAdmin}
          onChange={(event) => setEnabled(event.target.checked)}
        />
        <div className="max-w-64">
          <TextField
            label="Every so many days"
            inputMode="numeric"
            value={days}
            readOnly={!canAdmin}
            onChange={(event) => setDays(event.target.value.trim())}
            hint="From 1 to 90. One that failed is tried again after a day."
            error={wrong ? "Use a whole number of days from 1 to 90." : undefined}
          />
        </div>
        <FailureNote failure={failure} />
        {canAdmin ? (
          <div className="flex flex-wrap items-center gap-3 pt-1">
            <Button type="submit" size="sm" busy={save.isPending} disabled={wrong || !changed}>
              Save drills
            </Button>
            <span role="status" aria-label="Saving drills" className="text-sm text-ink-2">
              {save.isSuccess && !changed ? "Saved." : ""}
            </span>
          </div>
        ) : (
          <p className="text-sm text-ink-2">Only admins can change this. Ask an admin.</p>
        )}
      </form>
    </>
  );
}
