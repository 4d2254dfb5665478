"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { signIn } from "@/app/signin/session";
import { Button } from "@/components/button";
import { FailureNote } from "@/components/failure-note";
import { TextField } from "@/components/field";
import { PasswordField } from "@/components/password-field";

/** The server's own floor; it checks again. */
const PASSWORD_MIN_CHARACTERS = 10;

const RIGHTS = {
  viewer: "As a viewer you see backups and runs, and change nothing.",
  operator: "As an operator you make, check, mark and download backups.",
  admin: "As an admin you may do everything, restores, settings and people included.",
} as const;

interface AcceptInvitationProps {
  code: string;
  email: string;
  role: keyof typeof RIGHTS;
}

export function AcceptInvitation({ code, email, role }: AcceptInvitationProps) {
  const trpc = useTRPC();
  const [fault, setFault] = useState<string | null>(null);
  const [entering, setEntering] = useState(false);
  const accept = useMutation(
    trpc.people.accept.mutationOptions({
      onSuccess: async (_user, { password }) => {
        setEntering(true);
        const answer = await signIn({ email, password });
        window.location.assign(answer.ok ? "/" : "/signin");
      },
    }),
  );
  const failure = accept.error ? appErrorOf(accept.error) : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const password = String(given.get("password") ?? "");
    const short = password.length < PASSWORD_MIN_CHARACTERS;
    setFault(short ? `Use at least ${PASSWORD_MIN_CHARACTERS} characters.` : null);
    if (short) form.querySelector<HTMLInputElement>('[name="password"]')?.focus();
    else accept.mutate({ code, password, name: String(given.get("name") ?? "") });
  };
  return (
    <form method="post" noValidate onSubmit={submit} className="card grid gap-4 p-6">
      <div>
        <h1 className="font-serif text-fact font-medium">Join Nestegg</h1>
        <p className="mt-1 text-ink-2">{RIGHTS[role]}</p>
      </div>
      <FailureNote failure={failure} />
      <TextField
        label="Email"
        name="email"
        type="email"
        value={email}
        readOnly
        autoComplete="username"
        hint="You sign in with it."
      />
      <TextField label="Your name" name="name" autoComplete="name" maxLength={100} autoFocus />
      <PasswordField
        label="Password"
        name="password"
        error={fault ?? undefined}
        hint={`At least ${PASSWORD_MIN_CHARACTERS} characters.`}
        autoComplete="new-password"
      />
      <Button variant="primary" type="submit" busy={accept.isPending || entering} className="sm:justify-self-start">
        Create account
      </Button>
    </form>
  );
}
