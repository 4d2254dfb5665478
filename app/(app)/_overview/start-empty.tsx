"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { LazyConfirmDialog } from "@/components/lazy-confirm-dialog";
import { useUser } from "../_shell/user";

/** The file is missing while backups of it exist: an unmounted volume looks the same as a fresh start, so a person decides. */
export function StartEmpty() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { canAdmin } = useUser();
  const [open, setOpen] = useState(false);
  const start = useMutation(
    trpc.database.startEmpty.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        void queryClient.invalidateQueries();
      },
    }),
  );
  if (!canAdmin) return <p className="text-sm text-ink-2">Only admins can restore or start empty. Ask an admin.</p>;
  return (
    <>
      <Button onClick={() => setOpen(true)}>Start empty…</Button>
      {open ? (
        <Suspense fallback={null}>
          <LazyConfirmDialog
            open
            onOpenChange={setOpen}
            title="Start with an empty database?"
            keepLabel="Keep waiting"
            confirmLabel="Start empty"
            busy={start.isPending}
            error={start.error ? appErrorOf(start.error).message : null}
            onConfirm={() => start.mutate()}
          >
            The app begins without its data. The backups in the bucket stay as they are. If a volume is only not
            mounted, mount it and start Nestegg again instead.
          </LazyConfirmDialog>
        </Suspense>
      ) : null}
    </>
  );
}
