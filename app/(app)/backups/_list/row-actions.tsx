"use client";

import { useState } from "react";
import { useUser } from "@/app/(app)/_shell/user";
import { hasFile, isRestorable, restorePath } from "@/components/backup-words";
import { Button, LinkButton } from "@/components/button";
import type { BackupView } from "@/server/nestegg";
import type { AskBackup } from "../_actions/backup-dialogs";
import { BackupMenu } from "../_actions/backup-menu";
import type { StorageFacts } from "../_actions/snippets";
import type { BackupActions } from "../_actions/use-backup-actions";

interface RowActionsProps {
  backup: BackupView;
  storage: StorageFacts;
  actions: BackupActions;
  ask: AskBackup;
  onSelect: () => void;
}

export function RowActions({ backup, storage, actions, ask, onSelect }: RowActionsProps) {
  const { canOperate } = useUser();
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    await actions.download(backup.id);
    setBusy(false);
  };
  return (
    <span className="inline-flex items-center gap-0.5 max-shell:grid max-shell:grid-cols-[1fr_1fr_44px] max-shell:gap-2">
      {canOperate && hasFile(backup) ? (
        <Button
          variant="quiet"
          size="sm"
          icon="download"
          busy={busy}
          aria-label={`Download ${backup.id}`}
          title="Download"
          className="max-shell:h-11 max-shell:border-edge! shell:w-8 shell:px-0!"
          onClick={() => void download()}
        >
          <span className="shell:hidden">Download</span>
        </Button>
      ) : (
        <span />
      )}
      {isRestorable(backup) ? (
        <LinkButton
          size="sm"
          href={restorePath(backup.id)}
          aria-label={`Restore ${backup.id}`}
          className="max-shell:h-11 shell:px-2.5!"
        >
          Restore…
        </LinkButton>
      ) : (
        <span />
      )}
      <BackupMenu backup={backup} storage={storage} actions={actions} ask={ask} onSelect={onSelect} />
    </span>
  );
}
