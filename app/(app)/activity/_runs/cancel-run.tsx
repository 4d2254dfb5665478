"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { ConfirmDialog } from "@/components/dialog";
import type { OperationView } from "@/server/control/types";

interface CancelRunProps {
  operation: OperationView;
  /** "Cancel run", or "Cancel backup {id}" where several stand below each other. */
  name: string;
}

/** Only for who started it and for admins, and only until the point of no return; else it draws nothing. */
export function CancelRun({ operation, name }: CancelRunProps) {
  const trpc = useTRPC();
  const user = useUser();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const cancel = useMutation(
    trpc.operations.cancel.mutationOptions({
      onSuccess: () => setAsking(false),
      onSettled: () => refresh("operations", "backups"),
    }),
  );
  const own = user.canOperate && operation.actor.kind === "user" && operation.actor.id === user.id;
  if (operation.noReturn || (!own && !user.canAdmin)) return null;
  const failure = cancel.error ? appErrorOf(cancel.error) : null;
  return (
    <>
      <Button size="sm" aria-label={name} onClick={() => setAsking(true)}>
        Cancel
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          cancel.reset();
        }}
        title="Cancel this run?"
        keepLabel="Let it run"
        confirmLabel="Cancel run"
        busy={cancel.isPending}
        error={failure ? `${failure.message} ${failure.hint ?? ""}` : null}
        onConfirm={() => cancel.mutate({ id: operation.id })}
      >
        {LOSSES[operation.kind] ?? "It stops at the next safe point."}
      </ConfirmDialog>
    </>
  );
}

const LOSSES: Partial<Record<OperationView["kind"], string>> = {
  backup: "Nothing of it is kept or listed. Your database and the backups before it stay as they are.",
  verify: "The backup stays as it is; it counts as not verified until a check ends.",
  adopt: "The file stays where it is and is not registered.",
  restore: "The live database stays as it is. A safety backup that was taken stays in the list.",
  "undo-restore": "The live database stays as it is. A safety backup that was taken stays in the list.",
  upload: "The file is not registered as a backup. Its parts are dropped.",
  "let-go": "The kept file stays where it is.",
  retention: "What was marked for deletion up to here can be brought back for 10 minutes.",
  drill: "The backup stays as it is; its copy on this machine is removed.",
};
