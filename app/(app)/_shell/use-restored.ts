"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { RESTORE_SEEN_COOKIE, writePreference } from "@/components/preferences";
import { useMoment } from "@/components/time";
import type { OperationView } from "@/server/control/types";
import { isFresh, LAST_SWAP } from "./last-swap";

/** The restore that everybody who looks should still know of; null where a page says it itself. */
export function useRestored(seen: string | null): { run: OperationView; dismiss: () => void } | null {
  const trpc = useTRPC();
  const path = usePathname();
  const { now } = useMoment();
  const [dismissed, setDismissed] = useState(seen);
  const run = useQuery(trpc.operations.list.queryOptions(LAST_SWAP)).data?.operations[0];
  if (!isFresh(run, now) || run.id === dismissed) return null;
  if (path === "/backups/undo" || path === `/activity/${run.id}`) return null;
  return {
    run,
    dismiss: () => {
      setDismissed(run.id);
      writePreference(RESTORE_SEEN_COOKIE, run.id);
    },
  };
}
