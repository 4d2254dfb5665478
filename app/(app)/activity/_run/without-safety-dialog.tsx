"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useStatus } from "@/app/(app)/_shell/use-status";
import { ConfirmDialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import type { OperationView } from "@/server/control/types";

const PHRASE = "without safety backup";

/** The name was typed for the run that stopped; what is typed now is what is given up. */
export function WithoutSafetyDialog({ operation, onClose }: { operation: OperationView; onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const { database } = useStatus();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const opens = {
    onSuccess: ({ operationId }: { operationId: string }) => {
      onClose();
      router.push(`/activity/${encodeURIComponent(operationId)}`);
    },
  };
  const restore = useMutation(trpc.backups.restore.mutationOptions(opens));
  const undo = useMutation(trpc.backups.undoRestore.mutationOptions(opens));
  const { kind, backupId } = operation;
  const error = restore.error ?? undo.error;
  const failure = error ? appErrorOf(error) : null;
  const confirm = () => {
    if (typed.trim().toLowerCase() !== PHRASE) return setWrong(true);
    const answer = { confirm: database.name, withoutSafetyBackup: true };
    if (kind === "undo-restore") undo.mutate(answer);
    else if (backupId) restore.mutate({ id: backupId, ...answer });
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={kind === "restore" ? "Restore without a safety backup?" : "Undo without a safety backup?"}
      keepLabel="Keep the database"
      confirmLabel={kind === "restore" ? "Restore without it" : "Undo without it"}
      busy={restore.isPending || undo.isPending}
      error={failure ? `${failure.message} ${failure.hint ?? ""}`.trim() : null}
      onConfirm={confirm}
    >
      <p>
        What is in {database.name} now and in no backup then lies only in the replaced file on this machine. It is kept
        there, and the undo brings it back.
      </p>
      <div className="mt-3">
        <TextField
          label={`Type ${PHRASE}`}
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value);
            setWrong(false);
          }}
          error={wrong ? `That is not it. Type ${PHRASE}.` : undefined}
        />
      </div>
    </ConfirmDialog>
  );
}
