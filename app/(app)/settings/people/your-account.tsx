"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { FailureNote } from "@/components/failure-note";
import { Note } from "@/components/note";
import { PasswordField } from "@/components/password-field";
import { ROLE_WORDS, useUser } from "../../_shell/user";
import { UnsavedGuard } from "../unsaved-guard";
import { SignOutEverywhere } from "./sign-out-everywhere";

/** The server's own floor; it checks again. */
const PASSWORD_MIN_CHARACTERS = 10;

type Faults = Partial<Record<"current" | "next", string>>;

interface YourAccountProps {
  email: string;
  name: string;
  external: boolean;
}

export function YourAccount({ email, name, external }: YourAccountProps) {
  const { role } = useUser();
  const rows: [string, string][] = [
    ["Email", email],
    ["Name", name],
    ["Role", external ? `${ROLE_WORDS[role]}, from your sign-in provider` : ROLE_WORDS[role]],
  ];
  return (
    <Card title="Your account">
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[120px_minmax(0,1fr)]">
        {rows.map(([term, value]) => (
          <div key={term} className="sm:contents">
            <dt className="text-ink-3">{term}</dt>
            <dd className="[overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
      {external ? (
        <p className="mt-4 text-sm text-ink-3">You sign in with a provider; your password is kept and changed there.</p>
      ) : (
        <ChangePassword email={email} />
      )}
      <SignOutEverywhere />
    </Card>
  );
}

function ChangePassword({ email }: { email: string }) {
  const trpc = useTRPC();
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Faults>({});
  const [typed, setTyped] = useState(false);
  const change = useMutation(
    trpc.people.changePassword.mutationOptions({
      onSuccess: () => {
        form.current?.reset();
        setTyped(false);
      },
      onError: (error) => {
        if (appErrorOf(error).code !== "forbidden") return;
        setFaults({ current: appErrorOf(error).message });
        form.current?.querySelector<HTMLInputElement>('[name="current"]')?.focus();
      },
    }),
  );
  const failure = change.error && appErrorOf(change.error).code !== "forbidden" ? appErrorOf(change.error) : null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const fields = { current: String(given.get("current") ?? ""), next: String(given.get("next") ?? "") };
    const found: Faults = {
      ...(fields.current === "" ? { current: "Type the password that you have now." } : {}),
      ...(fields.next.length < PASSWORD_MIN_CHARACTERS
        ? { next: `Use at least ${PASSWORD_MIN_CHARACTERS} characters.` }
        : {}),
    };
    setFaults(found);
    const [first] = Object.keys(found);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
    else if (!change.isPending) change.mutate(fields);
  };
  return (
    <>
      <UnsavedGuard dirty={typed} what="the new password" />
      <form
        ref={form}
        method="post"
        noValidate
        aria-label="Change password"
        onSubmit={submit}
        onInput={(event) => setTyped(new FormData(event.currentTarget).get("next") !== "")}
        className="mt-5 grid gap-4 border-t border-line pt-4"
      >
        <div>
          <h3 className="text-sm font-semibold">Change password</h3>
          <p className="text-sm text-ink-3">You stay signed in here; every other browser has to sign in again.</p>
        </div>
        {/* Tells a password manager whose password this is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <PasswordField
            label="Current password"
            name="current"
            error={faults.current}
            autoComplete="current-password"
            maxLength={512}
          />
          <PasswordField
            label="New password"
            name="next"
            error={faults.next}
            hint={`At least ${PASSWORD_MIN_CHARACTERS} characters.`}
            autoComplete="new-password"
            maxLength={200}
          />
        </div>
        <FailureNote failure={failure} />
        {change.isSuccess ? (
          <Note tone="ok" role="status">
            Your password is changed. Other sessions have ended.
          </Note>
        ) : null}
        <Button type="submit" busy={change.isPending} className="justify-self-start">
          Change password
        </Button>
      </form>
    </>
  );
}
