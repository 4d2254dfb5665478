"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Card } from "@/components/card";
import { FailureNote } from "@/components/failure-note";
import { TextField } from "@/components/field";
import { SaveBar } from "@/components/save-bar";
import { useUser } from "../../_shell/user";
import { UnsavedGuard } from "../unsaved-guard";
import { useDraft } from "../use-draft";
import type { CostView } from "./cost";
import { type CostDraft, draftOf, faultsOf, sameDraft, settingsOf } from "./cost-draft";

const FIELDS: { name: Exclude<keyof CostDraft, "budget" | "date">; label: string }[] = [
  { name: "perGbMonth", label: "Dollars a GB-month" },
  { name: "freeGb", label: "Free GB-months" },
  { name: "perMillionClassA", label: "Dollars a million class A" },
  { name: "freeClassA", label: "Free class A requests" },
  { name: "perMillionClassB", label: "Dollars a million class B" },
  { name: "freeClassB", label: "Free class B requests" },
];

const AS_TYPED = { formOf: draftOf, isSame: sameDraft };

/** Prices with their day, and the budget. */
export function CostForm({ view }: { view: CostView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const draft = useDraft(view.settings, AS_TYPED);
  const save = useMutation(
    trpc.cost.save.mutationOptions({
      onSuccess: (answer) => {
        queryClient.setQueryData(trpc.cost.get.queryKey(), answer);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
        draft.discard();
      },
      onError: () => queryClient.invalidateQueries(trpc.cost.get.queryFilter()),
    }),
  );
  const { form: values, was, dirty } = draft;
  const faults = faultsOf(values);
  const failure = save.error ? appErrorOf(save.error) : null;
  const field = (name: keyof CostDraft, label: string, hint?: string) => (
    <TextField
      key={name}
      label={label}
      name={name}
      hint={hint}
      value={values[name]}
      error={faults[name]}
      inputMode={name === "date" ? "text" : "decimal"}
      autoComplete="off"
      onChange={(event) => {
        save.reset();
        draft.change({ ...values, [name]: event.target.value });
      }}
    />
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (Object.keys(faults).length > 0) {
      event.currentTarget.querySelector<HTMLElement>("[aria-invalid]")?.focus();
      return;
    }
    save.mutate({ ...settingsOf(values), was });
  };
  return (
    <Card
      title="Prices and budget"
      sub={
        view.source === "dashboard"
          ? "Saved in the dashboard."
          : "R2’s list prices. Set free amounts to 0 when something else in the account uses them."
      }
    >
      <UnsavedGuard dirty={dirty} what="the prices" />
      <form noValidate onSubmit={submit} aria-label="Prices and budget" className="grid gap-4 pt-2">
        {canAdmin ? null : <p className="text-sm text-ink-2">Only admins can change these. Ask an admin.</p>}
        <fieldset disabled={!canAdmin || save.isPending} className="grid min-w-0 gap-4 sm:grid-cols-2">
          <legend className="sr-only">Prices and budget</legend>
          {field("budget", "Budget, dollars a month", "Empty: nobody is warned.")}
          {field("date", "Prices of", "The day on which they were looked up.")}
          {FIELDS.map(({ name, label }) => field(name, label))}
        </fieldset>
        <FailureNote failure={failure} />
        {canAdmin ? (
          <SaveBar
            label="Save prices and budget"
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
