"use client";

import { useMutation } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { ConfirmDialog } from "@/components/dialog";
import type { AlertChannelView } from "@/server/nestegg-operate";
import { useAlertsChanged } from "./use-alerts-changed";

export function RemoveChannel({
  channel,
  last,
  onClose,
}: {
  channel: AlertChannelView;
  last: boolean;
  onClose(): void;
}) {
  const trpc = useTRPC();
  const changed = useAlertsChanged();
  const remove = useMutation(
    trpc.alerts.remove.mutationOptions({
      onSuccess: () => {
        changed();
        onClose();
      },
    }),
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Remove ${channel.name}?`}
      keepLabel="Keep channel"
      confirmLabel="Remove channel"
      busy={remove.isPending}
      error={remove.error ? appErrorOf(remove.error).message : null}
      onConfirm={() => remove.mutate({ id: channel.id })}
    >
      Its address, its secrets and its part of the log are deleted; what waits for it is not sent.
      {last ? " It is the only one: nobody is told then when a backup fails." : null}
    </ConfirmDialog>
  );
}
