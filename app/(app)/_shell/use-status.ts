"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";

export type Status = RouterOutputs["status"]["get"];

/** The layout puts it into the first HTML; events keep it fresh, so this never waits. */
export function useStatus(): Status {
  const trpc = useTRPC();
  return useSuspenseQuery(trpc.status.get.queryOptions()).data;
}
