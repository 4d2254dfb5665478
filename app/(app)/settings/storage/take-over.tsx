"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { LazyConfirmDialog } from "@/components/lazy-confirm-dialog";

/** For the path that another server owns: the admin's word that it is gone. */
export function TakeOver() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const check = useMutation(
    trpc.settings.storageCheck.mutationOptions({
      onSuccess: (result) => queryClient.setQueryData(trpc.settings.lastStorageCheck.queryKey(), result),
    }),
  );
  const takeOver = useMutation(
    trpc.settings.takeOver.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        check.mutate();
        void queryClient.invalidateQueries(trpc.status.get.pathFilter());
      },
    }),
  );
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        Take over this path…
      </Button>
      {open ? (
        <Suspense fallback={null}>
          <LazyConfirmDialog
            open
            onOpenChange={setOpen}
            title="Take over this backup path?"
            keepLabel="Leave it"
            confirmLabel="Take over"
            tone="default"
            busy={takeOver.isPending}
            error={takeOver.error ? appErrorOf(takeOver.error).message : null}
            onConfirm={() => takeOver.mutate()}
          >
            From then on this server deletes and registers here, and the other one no longer does. Do it only when that
            server is gone for good: two apps in one path would mix their backups.
          </LazyConfirmDialog>
        </Suspense>
      ) : null}
    </>
  );
}
