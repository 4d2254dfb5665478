"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { SelectField, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";

const HOUR_MS = 3_600_000;
const OTHER = "other";
const SPANS: [string, string][] = [
  ["1", "In 1 hour"],
  ["4", "In 4 hours"],
  ["24", "In 1 day"],
  ["72", "In 3 days"],
  ["168", "In 7 days"],
  [OTHER, "At another time…"],
];

export function PauseDialog({ onClose }: { onClose(): void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState("4");
  const [until, setUntil] = useState("");
  const [tried, setTried] = useState(false);
  const pause = useMutation(
    trpc.schedule.pause.mutationOptions({
      onSuccess: (answer) => {
        queryClient.setQueryData(trpc.schedule.get.queryKey(), answer);
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
        onClose();
      },
    }),
  );
  const reasonError = tried && reason.trim() === "" ? "Say why, so that whoever finds it knows." : null;
  const untilError = tried && span === OTHER && until === "" ? "Choose when it ends." : null;
  const failure = pause.error ? appErrorOf(pause.error) : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    setTried(true);
    const incomplete = reason.trim() === "" ? "reason" : span === OTHER && until === "" ? "until" : null;
    if (incomplete) {
      event.currentTarget.querySelector<HTMLInputElement>(`input[name=${incomplete}]`)?.focus();
      return;
    }
    const end = span === OTHER ? new Date(until) : new Date(Date.now() + Number(span) * HOUR_MS);
    pause.mutate({ reason: reason.trim(), until: end.toISOString() });
  };
  return (
    <FormDialog
      title="Pause scheduled backups"
      description="It ends by itself, after 30 days at the latest. Backups at a stop and “Backup now” go on."
      submitLabel="Pause backups"
      busy={pause.isPending}
      failure={failure}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label="Reason"
        name="reason"
        value={reason}
        error={reasonError}
        maxLength={200}
        autoComplete="off"
        placeholder="moving the bucket"
        onChange={(event) => setReason(event.target.value)}
      />
      <SelectField label="Ends" value={span} onChange={(event) => setSpan(event.target.value)}>
        {SPANS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      {span === OTHER ? (
        <TextField
          label="On"
          name="until"
          type="datetime-local"
          value={until}
          error={untilError}
          hint="In this browser’s time zone."
          onChange={(event) => setUntil(event.target.value)}
        />
      ) : null}
    </FormDialog>
  );
}
