"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";

const SignedOutDialog = dynamic(() => import("./signed-out-dialog").then((module) => module.SignedOutDialog), {
  ssr: false,
});

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
  return over ? <SignedOutDialog path={path} onClose={() => setOver(false)} /> : null;
}
