"use client";

import { useMutation } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { ConfirmDialog } from "@/components/dialog";
import type { Operation } from "./live-runs";

export function CancelDialog({ run, onClose }: { run: Operation; onClose(): void }) {
  const trpc = useTRPC();
  const cancel = useMutation(trpc.operations.cancel.mutationOptions({ onSuccess: onClose }));
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title="Cancel this run?"
      keepLabel="Keep running"
      confirmLabel="Cancel run"
      busy={cancel.isPending}
      error={cancel.error ? appErrorOf(cancel.error).message : null}
      onConfirm={() => cancel.mutate({ id: run.id })}
    >
      {run.title}.{" "}
      {run.kind === "restore" || run.kind === "undo-restore"
        ? "The live database stays as it is. A safety backup that was taken stays in the list."
        : "What it has sent so far is removed from the storage; backups that are stored stay."}
    </ConfirmDialog>
  );
}
