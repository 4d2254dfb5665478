"use client";

import { type FormEvent, useId, useRef, useState } from "react";
import { signInErrorText } from "@/app/_trpc/sign-in-error";
import { Button } from "@/components/button";
import { TextField } from "@/components/field";
import { Note } from "@/components/note";
import { PasswordField } from "@/components/password-field";
import { signIn } from "./session";

export function SignInForm({ next, error: initial }: { next: string; error: string | null }) {
  const titleId = useId();
  const [busy, setBusy] = useState(false);
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
    setError(
      answer.error === "unreachable" ? "Nestegg did not answer. Try again in a moment." : signInErrorText(answer.error),
    );
    password.current?.focus();
    password.current?.select();
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
    </form>
  );
}
