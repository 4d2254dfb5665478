"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { Dialog } from "@/components/dialog";
import { SelectField, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import { Time } from "@/components/time";

type Invited = RouterOutputs["people"]["invite"];

const ROLES = [
  ["viewer", "Viewer: sees backups and runs"],
  ["operator", "Operator: makes, checks and downloads backups"],
  ["admin", "Admin: everything, restores and people included"],
] as const;

export function Invite({ onClose }: { onClose(): void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [fault, setFault] = useState<string | null>(null);
  const invite = useMutation(
    trpc.people.invite.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.people.list.pathFilter()),
    }),
  );
  if (invite.data) return <Shown invited={invite.data} onClose={onClose} />;
  const failure = invite.error ? appErrorOf(invite.error) : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const given = new FormData(event.currentTarget);
    const email = String(given.get("email") ?? "").trim();
    const role = ROLES.find(([one]) => one === given.get("role"))?.[0] ?? "viewer";
    const wrong = /^\S+@\S+\.\S+$/.test(email) ? null : "Type an email address, such as ops@example.com.";
    setFault(wrong);
    if (wrong) event.currentTarget.querySelector<HTMLInputElement>('[name="email"]')?.focus();
    else invite.mutate({ email, role });
  };
  return (
    <FormDialog
      title="Invite a person"
      description="You get a link to send to them. They choose their own password."
      submitLabel="Create invitation"
      busy={invite.isPending}
      failure={failure}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label="Email"
        name="email"
        type="email"
        error={fault}
        autoComplete="off"
        spellCheck={false}
        maxLength={254}
      />
      <SelectField label="Role" name="role" defaultValue="viewer">
        {ROLES.map(([role, label]) => (
          <option key={role} value={role}>
            {label}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}

/** The one time that the link is on a screen. Only the button closes it: Esc by habit would lose it. */
function Shown({ invited: { invitation, link }, onClose }: { invited: Invited; onClose(): void }) {
  return (
    <Dialog
      open
      busy
      onOpenChange={onClose}
      title={`Invitation for ${invitation.email}`}
      description="Copy the link now and send it over a way you trust: whoever opens it first gets the account. Nestegg keeps only a hash and cannot show it again."
      footer={
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="grid gap-2">
        <TextField
          label="Invitation link"
          readOnly
          value={link}
          className="font-mono"
          hint={
            <>
              Works once, until <Time at={invitation.expiresAt} form="absolute" />.
            </>
          }
          onFocus={(event) => event.currentTarget.select()}
        />
        <div>
          <CopyButton text={link} label="Copy link" />
        </div>
      </div>
    </Dialog>
  );
}
