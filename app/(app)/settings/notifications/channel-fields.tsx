"use client";

import { Button } from "@/components/button";
import { SelectField, TextArea, TextField } from "@/components/field";
import { PasswordField } from "@/components/password-field";
import type { AlertChannelView } from "@/server/nestegg-operate";
import { type ChannelForm, type FormErrors, makeSecret } from "./channel-form";

interface FieldsProps {
  form: ChannelForm;
  errors: FormErrors;
  /** What is stored, where it is edited: secrets by their ends only. */
  stored: AlertChannelView["publicSettings"] | null;
  onChange(change: Partial<ChannelForm>): void;
}

const ADDRESS_HINTS = {
  slack: "From Slack: your app, Incoming Webhooks. Whoever has it can post there.",
  discord: "From Discord: the channel’s settings, Integrations, Webhooks.",
  webhook: "A POST with JSON goes here; docs/alerts.md has its fields.",
  ping: "As of healthchecks.io: called after each backup, and with /fail at the end when something is wrong.",
} as const;

/** Address and secrets, by kind. */
export function ChannelFields(props: FieldsProps) {
  return props.form.kind === "email" ? <EmailFields {...props} /> : <WebFields {...props} kind={props.form.kind} />;
}

function WebFields({ form, errors, stored, onChange, kind }: FieldsProps & { kind: keyof typeof ADDRESS_HINTS }) {
  return (
    <>
      <TextField
        label={stored ? "New address" : "Address"}
        name="url"
        type="url"
        value={form.url}
        error={errors.url}
        hint={stored ? `Leave it empty to keep ${stored.url}.` : ADDRESS_HINTS[kind]}
        autoComplete="off"
        spellCheck={false}
        maxLength={2000}
        onChange={(event) => onChange({ url: event.target.value })}
      />
      {kind === "webhook" ? (
        <div className="grid gap-2">
          <TextField
            label={stored ? "New secret" : "Secret"}
            name="secret"
            value={form.secret}
            error={errors.secret}
            hint={
              stored
                ? `Leave it empty to keep ${stored.secret}.`
                : "Signs each message. Give the same one to the receiver; it is not shown again."
            }
            className="font-mono"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            onChange={(event) => onChange({ secret: event.target.value })}
          />
          <div>
            <Button size="sm" icon="key" onClick={() => onChange({ secret: makeSecret() })}>
              Make a secret
            </Button>
          </div>
        </div>
      ) : null}
    </>
  );
}

function EmailFields({ form, errors, stored, onChange }: FieldsProps) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_110px]">
        <TextField
          label="Mail server"
          name="host"
          value={form.host}
          error={errors.host}
          autoComplete="off"
          spellCheck={false}
          placeholder="smtp.example.com"
          onChange={(event) => onChange({ host: event.target.value })}
        />
        <TextField
          label="Port"
          name="port"
          inputMode="numeric"
          value={form.port}
          error={errors.port}
          onChange={(event) => onChange({ port: event.target.value })}
        />
      </div>
      <SelectField
        label="Encryption"
        name="security"
        value={form.security}
        hint={
          form.security === "none"
            ? "Messages and password travel in the open: for a server on this machine only."
            : null
        }
        onChange={(event) => onChange({ security: event.target.value as ChannelForm["security"] })}
      >
        <option value="starttls">STARTTLS (usually port 587)</option>
        <option value="tls">TLS (usually port 465)</option>
        <option value="none">None</option>
      </SelectField>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="User name"
          name="user"
          value={form.user}
          error={errors.user}
          hint="Empty: no sign-in."
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ user: event.target.value })}
        />
        <PasswordField
          label={stored?.password ? "New password" : "Password"}
          name="password"
          value={form.password}
          error={errors.password}
          hint={stored?.password ? "Leave it empty to keep the stored one." : null}
          autoComplete="new-password"
          onChange={(event) => onChange({ password: event.target.value })}
        />
      </div>
      <TextField
        label="From"
        name="from"
        type="email"
        value={form.from}
        error={errors.from}
        autoComplete="off"
        placeholder="nestegg@example.com"
        onChange={(event) => onChange({ from: event.target.value })}
      />
      <TextArea
        label="To"
        name="to"
        rows={2}
        value={form.to}
        error={errors.to}
        hint="One address a line."
        spellCheck={false}
        onChange={(event) => onChange({ to: event.target.value })}
      />
    </>
  );
}
