"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { backupTime } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Note } from "@/components/note";
import { RESTORE_SEEN_COOKIE, writePreference } from "@/components/preferences";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";
import { isFresh, LAST_SWAP } from "./last-swap";
import { UndoButton } from "./undo-button";

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

export function Restored({ run, onDismiss }: { run: OperationView; onDismiss: () => void }) {
  const { now, zone } = useMoment();
  const at = backupTime(run.backupId);
  return (
    <Note
      tone="info"
      className="sm:items-center"
      action={
        <span className="flex flex-wrap items-center gap-2">
          <UndoButton />
          <Button size="sm" variant="quiet" onClick={onDismiss}>
            Dismiss
          </Button>
        </span>
      }
    >
      Restored to {at === null ? "a backup" : formatAbsolute(at, now, zone)} by {run.actor.name}.
    </Note>
  );
}
