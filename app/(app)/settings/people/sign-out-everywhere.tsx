"use client";

import { useMutation } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { LazyConfirmDialog } from "@/components/lazy-confirm-dialog";

/** For a lost laptop: every session of one's own ends, this one too. */
export function SignOutEverywhere() {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const leave = useMutation(
    trpc.session.signOutEverywhere.mutationOptions({ onSuccess: () => window.location.assign("/signin") }),
  );
  return (
    <div className="mt-5 border-t border-line pt-4">
      <Button onClick={() => setOpen(true)}>Sign out everywhere…</Button>
      {open ? (
        <Suspense fallback={null}>
          <LazyConfirmDialog
            open
            onOpenChange={setOpen}
            title="Sign out everywhere?"
            keepLabel="Stay signed in"
            confirmLabel="Sign out everywhere"
            tone="default"
            busy={leave.isPending || leave.isSuccess}
            error={leave.error ? appErrorOf(leave.error).message : null}
            onConfirm={() => leave.mutate()}
          >
            All your sessions end, in this browser too. API tokens go on working.
          </LazyConfirmDialog>
        </Suspense>
      ) : null}
    </div>
  );
}
