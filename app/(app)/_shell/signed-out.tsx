"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { LinkButton } from "@/components/button";
import { Dialog } from "@/components/dialog";

/** When a session ends under an open page, the page stays behind this dialog and comes back after sign-in. */
export function SignedOut() {
  const queryClient = useQueryClient();
  const path = usePathname();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const look = (error: unknown) => {
      if (error && appErrorOf(error).code === "unauthenticated") setOver(true);
    };
    const stopQueries = queryClient.getQueryCache().subscribe(({ query }) => look(query.state.error));
    const stopMutations = queryClient.getMutationCache().subscribe(({ mutation }) => look(mutation?.state.error));
    return () => {
      stopQueries();
      stopMutations();
    };
  }, [queryClient]);
  return (
    <Dialog
      open={over}
      onOpenChange={setOver}
      title="You were signed out"
      description="Your session has ended. Backups go on; what you see here may be old."
      footer={
        // A full page load: the answers that this tab keeps belong to the session that ended.
        <LinkButton variant="primary" href={`/signin?next=${encodeURIComponent(path)}`} prefetch={false}>
          Sign in
        </LinkButton>
      }
    />
  );
}
