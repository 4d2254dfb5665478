"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useTRPC } from "@/app/_trpc/client";

export type ListName = "backups" | "operations" | "status" | "tokens";

/** A run that ends tells of three lists at once, and several runs may end together: one read answers all. */
const GATHER_MS = 150;

/** Has lists read again, gathered. */
export function useRefresh(): (...lists: ListName[]) => void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const waiting = useRef(new Set<ListName>());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const flush = useCallback(() => {
    if (timer.current === null) return;
    clearTimeout(timer.current);
    timer.current = null;
    const names = [...waiting.current];
    waiting.current.clear();
    const filters = {
      // Not the previews of a restore: they read the live database whole, and their pages know when that is due.
      backups: [
        trpc.backups.list.pathFilter(),
        trpc.backups.get.pathFilter(),
        trpc.backups.kept.pathFilter(),
        trpc.database.tables.pathFilter(),
      ],
      operations: [trpc.operations.list.pathFilter()],
      status: [trpc.status.get.pathFilter(), trpc.schedule.get.pathFilter()],
      tokens: [trpc.tokens.list.pathFilter()],
    };
    for (const filter of names.flatMap((name) => filters[name])) void queryClient.invalidateQueries(filter);
  }, [queryClient, trpc]);
  // A dialog asks and closes in one go: what it asked for must not go down with it.
  useEffect(() => flush, [flush]);
  return useCallback(
    (...lists) => {
      for (const list of lists) waiting.current.add(list);
      timer.current ??= setTimeout(flush, GATHER_MS);
    },
    [flush],
  );
}
