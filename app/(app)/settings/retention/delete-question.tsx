"use client";

import { useState } from "react";
import { formatBytes, plural } from "@/components/bytes";
import { ConfirmDialog } from "@/components/dialog";
import { TextField } from "@/components/field";

/** So many at once are not deleted by a slip of the hand. */
const TYPED_ABOVE = 10;

interface DeleteQuestionProps {
  deletes: number;
  bytes: number;
  keeps: number;
  confirmLabel: string;
  /** Why an admin's word is needed beyond the number; null: for the number only. */
  warning: string | null;
  busy: boolean;
  error: string | null;
  onClose(): void;
  onConfirm(): void;
}

export function DeleteQuestion({ deletes, bytes, keeps, warning, onClose, onConfirm, ...rest }: DeleteQuestionProps) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const phrase = deletes > TYPED_ABOVE || warning ? `delete ${deletes}` : null;
  const confirm = () => {
    if (phrase && typed.trim().toLowerCase() !== phrase) setWrong(true);
    else onConfirm();
  };
  return (
    <ConfirmDialog
      {...rest}
      open
      onOpenChange={onClose}
      title={`Delete ${plural(deletes, "backup")}?`}
      keepLabel={deletes === 1 ? "Keep backup" : "Keep backups"}
      onConfirm={confirm}
    >
      <p>
        Frees {formatBytes(bytes)}. {plural(keeps, "other")} {keeps === 1 ? "stays" : "stay"}. You can undo each for
        10&nbsp;minutes.
      </p>
      {warning ? <p className="mt-2 font-semibold">{warning}</p> : null}
      {phrase ? (
        <div className="mt-3">
          <TextField
            label={`Type ${phrase}`}
            value={typed}
            autoComplete="off"
            error={wrong ? `That is not it. Type ${phrase}.` : undefined}
            onChange={(event) => {
              setTyped(event.target.value);
              setWrong(false);
            }}
          />
        </div>
      ) : null}
    </ConfirmDialog>
  );
}
