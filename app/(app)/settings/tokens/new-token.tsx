"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { Dialog } from "@/components/dialog";
import { Checkbox, SelectField, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import { useRefresh } from "../../_shell/use-refresh";

type Scope = RouterOutputs["tokens"]["list"][number]["scopes"][number];
type Created = RouterOutputs["tokens"]["create"];

const RIGHTS: { scope: Scope; label: string }[] = [
  { scope: "backups:create", label: "Create and verify backups" },
  { scope: "backups:read", label: "List backups and runs" },
  { scope: "backups:tag", label: "Tag, lock, mark latest restored" },
  { scope: "backups:download", label: "Download backups" },
  { scope: "backups:restore", label: "Restore" },
  { scope: "backups:delete", label: "Delete and unlock" },
  { scope: "sql:read", label: "Read the database by SQL" },
  { scope: "sql:write", label: "Write the database by SQL" },
  { scope: "metrics:read", label: "Read metrics" },
];
const EXPIRIES: [string, string][] = [
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In 1 year"],
  ["", "Never"],
];
/** Long enough for a project, short enough that a forgotten one ends. */
const DEFAULT_EXPIRY_DAYS = "90";

export function NewToken({ publicUrl, onClose }: { publicUrl: string; onClose(): void }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const formId = useId();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["backups:create"]);
  const [expiry, setExpiry] = useState(DEFAULT_EXPIRY_DAYS);
  const [tried, setTried] = useState(false);
  const create = useMutation(trpc.tokens.create.mutationOptions({ onSuccess: () => refresh("tokens") }));
  if (create.data) return <Shown created={create.data} publicUrl={publicUrl} onClose={onClose} />;

  const nameError = tried && name.trim() === "" ? "Give it a name that says what uses it." : null;
  const scopesError = tried && scopes.length === 0 ? "Choose at least one right." : null;
  const failure = create.error ? appErrorOf(create.error) : null;
  const toggle = (scope: Scope) =>
    setScopes((chosen) => (chosen.includes(scope) ? chosen.filter((one) => one !== scope) : [...chosen, scope]));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    setTried(true);
    const field = event.currentTarget.querySelector<HTMLInputElement>(
      name.trim() === "" ? "input[name=name]" : "input[type=checkbox]",
    );
    if (name.trim() === "" || scopes.length === 0) field?.focus();
    else create.mutate({ name: name.trim(), scopes, expiresInDays: expiry === "" ? null : Number(expiry) });
  };
  return (
    <FormDialog
      title="New token"
      description="Give it only what the script needs."
      submitLabel="Create token"
      busy={create.isPending}
      failure={failure}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label="Name"
        name="name"
        value={name}
        error={nameError}
        maxLength={80}
        autoComplete="off"
        placeholder="ci-deploy"
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset aria-describedby={scopesError ? `${formId}-rights` : undefined}>
        <legend className="mb-1 text-sm font-semibold">Rights</legend>
        <div className="grid sm:grid-cols-2">
          {RIGHTS.map(({ scope, label }) => (
            <Checkbox
              key={scope}
              name="scope"
              value={scope}
              checked={scopes.includes(scope)}
              onChange={() => toggle(scope)}
              label={
                <>
                  {label} <span className="block font-mono text-id text-ink-3">{scope}</span>
                </>
              }
              className="items-start! py-1"
            />
          ))}
        </div>
        {scopesError ? (
          <p id={`${formId}-rights`} className="mt-1 text-sm text-danger">
            {scopesError}
          </p>
        ) : null}
      </fieldset>
      <SelectField label="Expires" name="expiry" value={expiry} onChange={(event) => setExpiry(event.target.value)}>
        {EXPIRIES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}

/** The one time that the secret is on a screen. Only the button closes it: Esc by habit would lose it. */
function Shown({ created, publicUrl, onClose }: { created: Created; publicUrl: string; onClose(): void }) {
  const curl = curlLine(created, publicUrl);
  return (
    <Dialog
      open
      busy
      onOpenChange={onClose}
      title={`Token ${created.token.name} created`}
      description="Copy it now. Nestegg keeps only a hash and cannot show it again."
      footer={
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="grid gap-4">
        <div className="grid gap-2">
          <TextField
            label="Your new token"
            readOnly
            value={created.secret}
            className="font-mono"
            onFocus={(event) => event.currentTarget.select()}
          />
          <div>
            <CopyButton text={created.secret} label="Copy token" />
          </div>
        </div>
        <div>
          <p className="mb-1.5 text-sm font-semibold">Try it</p>
          <pre className="rounded-control border border-line bg-sunken p-3 font-mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
            {curl}
          </pre>
          <div className="mt-2">
            <CopyButton text={curl} label="Copy as curl" />
          </div>
        </div>
      </div>
    </Dialog>
  );
}

/** A call that this token is allowed to make. */
function curlLine({ token, secret }: Created, publicUrl: string): string {
  const head = `curl -H "Authorization: Bearer ${secret}"`;
  if (token.scopes.includes("backups:create")) return `${head} -X POST ${publicUrl}/api/admin/backup`;
  if (token.scopes.some((scope) => scope.startsWith("sql:"))) {
    return `${head} -H "Content-Type: application/json" -d '{"sql":"SELECT 1"}' ${publicUrl}/api/sql`;
  }
  return `${head} ${publicUrl}/api/admin/backups`;
}
