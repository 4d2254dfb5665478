"use client";

import { backupTime } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Note } from "@/components/note";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { OperationView } from "@/server/control/types";
import { UndoButton } from "./undo-button";

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
