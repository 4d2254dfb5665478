"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import type { OperationView } from "@/server/control/types";

/** A new run of the same kind, whose page opens; only where asking again is all it takes. */
export function TryAgain({ operation }: { operation: OperationView }) {
  const trpc = useTRPC();
  const router = useRouter();
  const { canOperate } = useUser();
  const open = { onSuccess: ({ operationId }: { operationId: string }) => router.push(`/activity/${operationId}`) };
  const create = useMutation(trpc.backups.create.mutationOptions(open));
  const verify = useMutation(trpc.backups.verify.mutationOptions(open));
  const { kind, backupId, state } = operation;
  const failed = state === "failed" || state === "cancelled" || state === "interrupted";
  const verifies = kind === "verify" && backupId !== null;
  if (!canOperate || !failed || !(kind === "backup" || verifies)) return null;
  const error = create.error ?? verify.error;
  return (
    <span className="grid justify-items-end gap-1">
      <Button
        variant="primary"
        icon="refresh"
        busy={create.isPending || verify.isPending}
        onClick={() => (verifies ? verify.mutate({ id: backupId }) : create.mutate({}))}
      >
        Try again
      </Button>
      {error ? (
        <span role="alert" className="max-w-[44ch] text-sm text-danger">
          {appErrorOf(error).message} {appErrorOf(error).hint}
        </span>
      ) : null}
    </span>
  );
}
