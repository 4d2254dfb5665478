"use client";

import { type FormEvent, useId, useRef, useState } from "react";
import { signInErrorText } from "@/app/_trpc/sign-in-error";
import { Button } from "@/components/button";
import { TextField } from "@/components/field";
import { Note } from "@/components/note";
import { PasswordField } from "@/components/password-field";
import { beginAtProvider, signIn } from "./session";

interface SignInFormProps {
  next: string;
  error: string | null;
  /** Name of the OpenID provider; null: none is set up. */
  provider: string | null;
}

export function SignInForm({ next, error: initial, provider }: SignInFormProps) {
  const titleId = useId();
  const [busy, setBusy] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [error, setError] = useState(initial);
  const password = useRef<HTMLInputElement>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    const answer = await signIn({ email: String(fields.get("email")), password: String(fields.get("password")) });
    if (answer.ok) {
      // A full load: the pages behind read the new session from the cookie.
      window.location.assign(next);
      return;
    }
    setBusy(false);
    setError(textOf(answer.error));
    password.current?.focus();
    password.current?.select();
  };
  const leave = async () => {
    setLeaving(true);
    setError(null);
    const answer = await beginAtProvider(next);
    if (answer.ok) {
      window.location.assign(answer.url);
      return;
    }
    setLeaving(false);
    setError(textOf(answer.error));
  };
  return (
    // POST also without JavaScript: a password must never end up in an address.
    <form
      aria-labelledby={titleId}
      method="post"
      action="/api/auth/callback/credentials"
      onSubmit={submit}
      className="card grid gap-4 p-6"
    >
      <h1 id={titleId} className="font-serif text-fact font-medium" aria-label="Sign in">
        Sign in to Nestegg
      </h1>
      {error ? (
        <Note tone="danger" role="alert">
          {error}
        </Note>
      ) : null}
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        required
        autoFocus
        spellCheck={false}
      />
      <PasswordField label="Password" name="password" autoComplete="current-password" required ref={password} />
      <Button variant="primary" type="submit" busy={busy}>
        Sign in
      </Button>
      {provider === null ? null : (
        <div className="grid gap-4 border-t border-line pt-4">
          <Button busy={leaving} onClick={leave} className="min-w-0! max-w-full">
            <span className="truncate">Sign in with {provider}</span>
          </Button>
        </div>
      )}
    </form>
  );
}

function textOf(error: string): string | null {
  return error === "unreachable" ? "Nestegg did not answer. Try again in a moment." : signInErrorText(error);
}
