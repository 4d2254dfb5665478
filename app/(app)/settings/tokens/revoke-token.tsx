"use client";

import { useMutation } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { ConfirmDialog } from "@/components/dialog";
import { Time } from "@/components/time";
import { useRefresh } from "../../_shell/use-refresh";

type Token = RouterOutputs["tokens"]["list"][number];

export function RevokeToken({ token, onClose }: { token: Token; onClose(): void }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const revoke = useMutation(
    trpc.tokens.revoke.mutationOptions({
      onSuccess: () => {
        refresh("tokens");
        onClose();
      },
    }),
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Revoke ${token.name}?`}
      keepLabel="Keep token"
      confirmLabel="Revoke token"
      busy={revoke.isPending}
      error={revoke.error ? appErrorOf(revoke.error).message : null}
      onConfirm={() => revoke.mutate({ id: token.id })}
    >
      Whatever uses it is refused from now on. This cannot be undone.
      {token.lastUsedAt ? (
        <>
          {" "}
          It was last used <Time at={token.lastUsedAt} />.
        </>
      ) : null}
    </ConfirmDialog>
  );
}
