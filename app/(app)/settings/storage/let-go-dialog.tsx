"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { formatBytes } from "@/components/bytes";
import { ConfirmDialog } from "@/components/dialog";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { KeptDatabase } from "@/server/nestegg-restore";

export function LetGoDialog({ kept, onClose }: { kept: KeptDatabase; onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const refresh = useRefresh();
  const { now, zone } = useMoment();
  const letGo = useMutation(
    trpc.backups.letGo.mutationOptions({
      onSuccess: ({ operationId }) => {
        refresh("operations", "backups");
        onClose();
        router.push(`/activity/${encodeURIComponent(operationId)}`);
      },
    }),
  );
  const failure = letGo.error ? appErrorOf(letGo.error) : null;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Let go of the database of ${formatAbsolute(Date.parse(kept.replacedAt), now, zone)}?`}
      keepLabel="Keep it"
      confirmLabel="Let it go"
      busy={letGo.isPending}
      error={failure ? `${failure.message} ${failure.hint ?? ""}`.trim() : null}
      onConfirm={() => letGo.mutate({ name: kept.name })}
    >
      <p>
        Frees {formatBytes(kept.bytes)}.{" "}
        {kept.newest
          ? "The last restore can then not be undone from this machine any more. "
          : "The newest kept one, to which an undo goes, stays. "}
        {kept.uncovered
          ? "It holds changes that are in no backup: those are backed up first."
          : "All it holds is in backups too."}
      </p>
    </ConfirmDialog>
  );
}
