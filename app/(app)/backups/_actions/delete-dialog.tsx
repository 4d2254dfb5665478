"use client";

import { useState } from "react";
import { isProtected } from "@/components/backup-words";
import { formatBytes, plural } from "@/components/bytes";
import { ConfirmDialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { BackupView } from "@/server/nestegg";
import type { BackupActions } from "./use-backup-actions";

/** So many at once are not deleted by a slip of the hand. */
const TYPED_ABOVE = 10;

interface DeleteDialogProps {
  backups: BackupView[];
  total: number;
  actions: BackupActions;
  onClose: () => void;
}

/** Names what goes and what stays; the server holds the deletion back for 10 minutes. */
export function DeleteDialog({ backups, total, actions, onClose }: DeleteDialogProps) {
  const { now, zone } = useMoment();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const going = backups.filter((backup) => !isProtected(backup) && backup.state !== "deleting");
  const leftOut = backups.length - going.length;
  const [first] = going;
  const one = going.length === 1 && first ? first : null;
  const phrase = going.length > TYPED_ABOVE ? `delete ${going.length}` : null;
  const bytes = going.reduce((sum, backup) => sum + backup.bytes, 0);

  const confirm = async () => {
    if (phrase && typed.trim().toLowerCase() !== phrase) return setWrong(true);
    setBusy(true);
    setFailed(null);
    let refused = 0;
    for (const backup of going) if (!(await actions.remove(backup.id))) refused += 1;
    setBusy(false);
    if (refused === 0) return onClose();
    setFailed(
      one
        ? null
        : `${plural(refused, "backup")} of ${going.length} could not be deleted. The reason stands in each row.`,
    );
  };

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={
        one
          ? `Delete ${formatAbsolute(Date.parse(one.timestamp), now, zone)}?`
          : `Delete ${plural(going.length, "backup")}?`
      }
      keepLabel={one ? "Keep backup" : "Keep backups"}
      confirmLabel={one ? "Delete backup" : `Delete ${plural(going.length, "backup")}`}
      busy={busy}
      error={failed ?? (one ? (actions.errors[one.id] ?? null) : null)}
      onConfirm={() => void confirm()}
    >
      <p>
        {formatBytes(bytes)}. {plural(Math.max(0, total - going.length), "other")}{" "}
        {total - going.length === 1 ? "stays" : "stay"}. You can undo for 10&nbsp;minutes.
      </p>
      {leftOut > 0 ? (
        <p className="mt-2">
          {plural(leftOut, "protected backup")} {leftOut === 1 ? "is" : "are"} left out.
        </p>
      ) : null}
      {phrase ? (
        <div className="mt-3">
          <TextField
            label={`Type ${phrase}`}
            value={typed}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
              setWrong(false);
            }}
            error={wrong ? `That is not it. Type ${phrase}.` : undefined}
          />
        </div>
      ) : null}
    </ConfirmDialog>
  );
}
