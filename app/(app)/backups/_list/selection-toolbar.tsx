"use client";

import { useUser } from "@/app/(app)/_shell/user";
import { isProtected } from "@/components/backup-words";
import { Button } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import type { BackupView } from "@/server/nestegg";

interface SelectionToolbarProps {
  selected: BackupView[];
  onLock: () => void;
  onTag: () => void;
  onDelete: () => void;
  onClear: () => void;
}

export function SelectionToolbar({ selected, onLock, onTag, onDelete, onClear }: SelectionToolbarProps) {
  const { canAdmin } = useUser();
  const bytes = selected.reduce((sum, backup) => sum + backup.bytes, 0);
  const deletable = selected.filter((backup) => !isProtected(backup)).length;
  return (
    <div
      role="toolbar"
      aria-label="Selected backups"
      className="sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-card border border-accent bg-accent-soft py-2 pr-2.5 pl-4 text-accent-ink"
    >
      <span role="status">
        <b className="font-semibold">{selected.length} selected</b>{" "}
        <span className="ml-1 text-sm">{formatBytes(bytes)}</span>
      </span>
      <span className="ml-auto flex flex-wrap gap-1.5">
        <Button size="sm" onClick={onLock}>
          Lock
        </Button>
        <Button size="sm" onClick={onTag}>
          Add tag…
        </Button>
        {canAdmin ? (
          <Button size="sm" className="border-danger/60! text-danger!" disabled={deletable === 0} onClick={onDelete}>
            Delete {deletable}…
          </Button>
        ) : null}
        <Button size="sm" variant="quiet" onClick={onClear}>
          Clear
        </Button>
      </span>
    </div>
  );
}
