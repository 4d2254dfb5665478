"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTRPC } from "@/app/_trpc/client";

/** Has the channels, their log and the safety check on the Overview read again. */
export function useAlertsChanged(): () => void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useCallback(() => {
    void queryClient.invalidateQueries(trpc.alerts.pathFilter());
    void queryClient.invalidateQueries(trpc.status.get.pathFilter());
  }, [queryClient, trpc]);
}
