"use client";

import { useState } from "react";
import { formatBytes } from "@/components/bytes";
import { ConfirmDialog } from "@/components/dialog";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { BackupView } from "@/server/nestegg";
import { DeleteDialog } from "./delete-dialog";
import { ReturnFocus } from "./return-focus";
import { TagsDialog } from "./tags-dialog";
import type { BackupActions } from "./use-backup-actions";

export type BackupQuestion =
  | { kind: "describe" | "unlock" | "adopt"; backup: BackupView }
  | { kind: "remove"; backups: BackupView[] };

export type AskBackup = (question: BackupQuestion) => void;

interface BackupDialogsProps {
  question: BackupQuestion;
  actions: BackupActions;
  /** All backups there are, to say how many stay. */
  total: number;
  onClose: () => void;
}

/** The one dialog that is open: drawn, and its code fetched, only while something is asked. */
export function BackupDialogs({ question, ...rest }: BackupDialogsProps) {
  const about = question.kind === "remove" ? question.backups[0] : question.backup;
  return (
    <>
      <ReturnFocus id={about?.id ?? ""} />
      <OpenDialog question={question} {...rest} />
    </>
  );
}

function OpenDialog({ question, actions, total, onClose }: BackupDialogsProps) {
  if (question.kind === "remove") {
    return <DeleteDialog backups={question.backups} total={total} actions={actions} onClose={onClose} />;
  }
  const { backup } = question;
  const error = actions.errors[backup.id] ?? null;
  if (question.kind === "describe") {
    return (
      <TagsDialog
        backup={backup}
        error={error}
        onClose={onClose}
        onSave={(change) => actions.describe(backup.id, change)}
      />
    );
  }
  if (question.kind === "unlock") {
    return (
      <Ask
        title="Unlock this backup?"
        keepLabel="Keep locked"
        confirmLabel="Unlock backup"
        tone="default"
        error={error}
        onClose={onClose}
        onConfirm={() => actions.lock(backup.id, false)}
      >
        The retention rule may then delete it, and admins can. <When backup={backup} />
      </Ask>
    );
  }
  return (
    <Ask
      title="Register this file as a backup?"
      keepLabel="Leave it"
      confirmLabel="Register backup"
      tone="default"
      error={error}
      onClose={onClose}
      onConfirm={() => actions.adopt(backup.id)}
    >
      Nestegg reads the whole file ({formatBytes(backup.bytes)}) and writes a manifest only if it is an intact database.{" "}
      <When backup={backup} />
    </Ask>
  );
}

function When({ backup }: { backup: BackupView }) {
  const { now, zone } = useMoment();
  return (
    <span className="mt-2 block text-sm">
      {formatAbsolute(Date.parse(backup.timestamp), now, zone)}
      <span className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere]">{backup.id}</span>
    </span>
  );
}

interface AskProps {
  title: string;
  keepLabel: string;
  confirmLabel: string;
  tone: "danger" | "default";
  error: string | null;
  onClose: () => void;
  onConfirm: () => Promise<boolean>;
  children: React.ReactNode;
}

function Ask({ onConfirm, onClose, children, ...rest }: AskProps) {
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    const done = await onConfirm();
    setBusy(false);
    if (done) onClose();
  };
  return (
    <ConfirmDialog {...rest} open busy={busy} onOpenChange={onClose} onConfirm={() => void confirm()}>
      {children}
    </ConfirmDialog>
  );
}
