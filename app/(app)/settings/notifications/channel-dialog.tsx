"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Checkbox, SelectField, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import type { AlertChannelView, AlertEvent } from "@/server/nestegg-operate";
import { EVENTS, KIND_WORDS } from "./alert-words";
import { ChannelFields } from "./channel-fields";
import { type ChannelForm, errorsOf, formOf, inputOf, newForm } from "./channel-form";
import { useAlertsChanged } from "./use-alerts-changed";

const KINDS = Object.entries(KIND_WORDS) as [ChannelForm["kind"], string][];

/** Adds a channel, or edits the one that is given. */
export function ChannelDialog({ channel, onClose }: { channel: AlertChannelView | null; onClose(): void }) {
  const trpc = useTRPC();
  const changed = useAlertsChanged();
  const [form, setForm] = useState<ChannelForm>(() => (channel ? formOf(channel) : newForm("slack")));
  const [tried, setTried] = useState(false);
  const done = {
    onSuccess: () => {
      changed();
      onClose();
    },
    // It may be that somebody else has saved: the list below says what holds now.
    onError: changed,
  };
  const add = useMutation(trpc.alerts.add.mutationOptions(done));
  const change = useMutation(trpc.alerts.change.mutationOptions(done));
  const busy = add.isPending || change.isPending;
  const failure = add.error ?? change.error;
  const errors = tried ? errorsOf(form, channel !== null) : {};
  const edit = (part: Partial<ChannelForm>) => setForm((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    setTried(true);
    const [first] = Object.keys(errorsOf(form, channel !== null));
    if (first) event.currentTarget.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    else if (channel) change.mutate({ ...inputOf(form), id: channel.id, was: wasOf(channel) });
    else add.mutate(inputOf(form));
  };
  return (
    <FormDialog
      wide
      title={channel ? `Edit ${channel.name}` : "Add a channel"}
      description={channel ? null : "Where alerts go. Send a test afterwards, so that you know they arrive."}
      submitLabel={channel ? "Save channel" : "Add channel"}
      busy={busy}
      failure={failure ? appErrorOf(failure) : null}
      onClose={onClose}
      onSubmit={submit}
    >
      {channel ? null : (
        <SelectField
          label="Kind"
          name="kind"
          value={form.kind}
          onChange={(event) => edit({ kind: event.target.value as ChannelForm["kind"] })}
        >
          {KINDS.map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </SelectField>
      )}
      <TextField
        label="Name"
        name="name"
        value={form.name}
        error={errors.name}
        maxLength={80}
        autoComplete="off"
        placeholder="#ops"
        onChange={(event) => edit({ name: event.target.value })}
      />
      <ChannelFields form={form} errors={errors} stored={channel?.publicSettings ?? null} onChange={edit} />
      <EventChoice chosen={form.events} onChange={(events) => edit({ events })} />
      <Checkbox
        name="enabled"
        label="Send alerts to this channel"
        checked={form.enabled}
        onChange={(event) => edit({ enabled: event.target.checked })}
      />
    </FormDialog>
  );
}

function wasOf({ name, enabled, events, publicSettings }: AlertChannelView) {
  return { name, enabled, events, publicSettings };
}

function EventChoice({ chosen, onChange }: { chosen: AlertEvent[]; onChange(events: AlertEvent[]): void }) {
  const toggle = (event: AlertEvent) =>
    onChange(chosen.includes(event) ? chosen.filter((one) => one !== event) : [...chosen, event]);
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-semibold">Tell about</legend>
      <div className="grid sm:grid-cols-2">
        {EVENTS.map(({ event, label }) => (
          <Checkbox
            key={event}
            name="event"
            value={event}
            checked={chosen.includes(event)}
            onChange={() => toggle(event)}
            label={label}
          />
        ))}
      </div>
    </fieldset>
  );
}
