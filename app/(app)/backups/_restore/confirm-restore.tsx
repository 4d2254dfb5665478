"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { ConfirmSwap } from "./confirm-swap";
import type { RestoreStep } from "./restore-steps";

interface ConfirmRestoreProps {
  id: string;
  name: string;
  /** "18 Nov, 09:15". */
  when: string;
  onStep: (step: RestoreStep) => void;
}

export function ConfirmRestore({ id, name, when, onStep }: ConfirmRestoreProps) {
  const trpc = useTRPC();
  const router = useRouter();
  const refresh = useRefresh();
  const restore = useMutation(
    trpc.backups.restore.mutationOptions({
      onMutate: () => onStep("Run"),
      onError: () => onStep("Confirm"),
      onSuccess: ({ operationId }) => {
        refresh("operations", "status");
        router.push(`/activity/${encodeURIComponent(operationId)}`);
      },
    }),
  );
  return (
    <ConfirmSwap
      name={name}
      label={`Restore to ${when}`}
      refusal="Only admins can restore. Ask an admin."
      cancelHref={`/backups/${encodeURIComponent(id)}`}
      busy={restore.isPending || restore.isSuccess}
      error={restore.error}
      onTyping={(typed) => onStep(typed ? "Confirm" : "Preview")}
      onConfirm={(confirm) => restore.mutate({ id, confirm })}
    />
  );
}
