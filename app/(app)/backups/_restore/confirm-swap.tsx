"use client";

import { type FormEvent, useId, useRef, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useUser } from "@/app/(app)/_shell/user";
import { Button, LinkButton } from "@/components/button";
import { FailureNote } from "@/components/failure-note";
import { TextField } from "@/components/field";

interface ConfirmSwapProps {
  /** The live database: what is lost is what is typed. */
  name: string;
  /** Of the button: "Restore to 18 Nov, 09:15". */
  label: string;
  /** Said to who may not. */
  refusal: string;
  cancelHref: string;
  busy: boolean;
  error: unknown;
  onTyping?: (typed: boolean) => void;
  onConfirm: (typed: string) => void;
}

/** One way in for everything that replaces the live database: its name, typed by an admin. */
export function ConfirmSwap(props: ConfirmSwapProps) {
  const { name, label, refusal, cancelHref, busy, error, onTyping, onConfirm } = props;
  const { canAdmin } = useUser();
  const reason = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const failure = error ? appErrorOf(error) : null;
  const mismatch = failure?.code === "confirm_mismatch";
  const cancel = <LinkButton href={cancelHref}>Cancel</LinkButton>;

  if (!canAdmin) {
    return (
      <div className="card flex flex-wrap items-center justify-end gap-x-4 gap-y-2 px-4 py-4 sm:px-[22px]">
        <p id={reason} className="mr-auto text-ink-2">
          {refusal}
        </p>
        {cancel}
        <Button variant="danger" disabled aria-describedby={reason}>
          {label}
        </Button>
      </div>
    );
  }

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const given = typed.trim();
    setWrong(given !== name);
    if (given !== name) field.current?.focus();
    else onConfirm(given);
  };
  return (
    // On a phone the buttons stay at hand while one reads, and the field stands where its turn comes: so no box of their own there.
    <form onSubmit={submit} className="max-sm:contents sm:card">
      <div className="grid gap-3 px-4 pt-4 pb-4 max-sm:card sm:px-[22px] sm:pt-5">
        <FailureNote failure={!mismatch ? failure : null} />
        <TextField
          ref={field}
          label={`Type ${name} to replace the live database`}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setWrong(false);
            onTyping?.(event.target.value.trim() !== "");
          }}
          error={wrong || mismatch ? `That is not the name. Type ${name}.` : undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="sm:max-w-[420px]"
        />
      </div>
      <div className="flex flex-wrap justify-end gap-2 px-4 py-3 max-sm:card max-sm:sticky max-sm:bottom-[calc(72px+env(safe-area-inset-bottom))] max-sm:z-10 max-sm:px-3 max-sm:shadow-pop sm:border-t sm:border-line sm:px-[22px]">
        {cancel}
        <Button type="submit" variant="danger" busy={busy}>
          {label}
        </Button>
      </div>
    </form>
  );
}
