"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { FailureNote } from "@/components/failure-note";
import { TextField } from "@/components/field";
import { PasswordField } from "@/components/password-field";
import { signIn } from "../signin/session";

/** The server's own floor; it checks again. */
const PASSWORD_MIN_CHARACTERS = 10;

type Fields = Record<"code" | "email" | "password", string>;

function faultsOf({ code, email, password }: Fields): Partial<Fields> {
  return {
    ...(code === "" ? { code: "Type the code that the server printed at its start." } : {}),
    ...(/^\S+@\S+\.\S+$/.test(email) ? {} : { email: "Type an email address, such as admin@example.com." }),
    ...(password.length >= PASSWORD_MIN_CHARACTERS
      ? {}
      : { password: `Use at least ${PASSWORD_MIN_CHARACTERS} characters.` }),
  };
}

export function FirstAdmin() {
  const trpc = useTRPC();
  const [faults, setFaults] = useState<Partial<Fields>>({});
  const [entering, setEntering] = useState(false);
  const create = useMutation(
    trpc.setup.createAdmin.mutationOptions({
      onSuccess: async (_user, { email, password }) => {
        setEntering(true);
        const answer = await signIn({ email, password });
        window.location.assign(answer.ok ? "/setup?step=storage" : "/signin?next=%2Fsetup%3Fstep%3Dstorage");
      },
    }),
  );
  const failure = create.error ? appErrorOf(create.error) : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? "");
    const fields = { code: text("code").trim(), email: text("email").trim(), password: text("password") };
    const found = faultsOf(fields);
    setFaults(found);
    const [first] = Object.keys(found);
    if (first) form.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
    else create.mutate(fields);
  };
  return (
    <form method="post" noValidate onSubmit={submit} className="card grid gap-4 p-6">
      <div>
        <h1 className="font-serif text-fact font-medium">Create the first admin</h1>
        <p className="mt-1 text-ink-2">
          Nestegg printed a one-time code where it was started. It proves that this server is yours.
        </p>
      </div>
      <FailureNote failure={failure} />
      <TextField
        label="One-time code"
        name="code"
        error={faults.code}
        autoComplete="one-time-code"
        spellCheck={false}
        autoFocus
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        error={faults.email}
        autoComplete="username"
        spellCheck={false}
      />
      <PasswordField
        label="Password"
        name="password"
        error={faults.password}
        hint={`At least ${PASSWORD_MIN_CHARACTERS} characters.`}
        autoComplete="new-password"
      />
      <Button variant="primary" type="submit" busy={create.isPending || entering} className="sm:justify-self-start">
        Create admin
      </Button>
    </form>
  );
}
