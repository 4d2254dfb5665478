"use client";

import { useUser } from "@/app/(app)/_shell/user";
import { hasFile, isProtected, isRestorable, restorePath } from "@/components/backup-words";
import { Button } from "@/components/button";
import { copyText } from "@/components/copy-text";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/menu";
import { useToast } from "@/components/toast";
import type { BackupView } from "@/server/nestegg";
import type { AskBackup } from "./backup-dialogs";
import { attachStatement, downloadCurl, type StorageFacts } from "./snippets";
import type { BackupActions } from "./use-backup-actions";

interface BackupMenuProps {
  backup: BackupView;
  storage: StorageFacts;
  actions: BackupActions;
  ask: AskBackup;
  /** Narrow screens begin a selection here. */
  onSelect?: () => void;
}

/** Everything one can do to a backup; what the person may not do is left out. */
export function BackupMenu({ backup, storage, actions, ask, onSelect }: BackupMenuProps) {
  const { canOperate, canAdmin } = useUser();
  const toast = useToast();
  const { id, state } = backup;
  const registered = state !== "unregistered" && state !== "creating";
  const readable = registered && hasFile(backup) && state !== "deleting";
  const copy = (text: string, what: string) =>
    void copyText(text).then((copied) =>
      toast(copied ? `Copied ${what}.` : `Could not copy ${what}: the browser refused.`),
    );

  return (
    <Menu
      label={`Actions for ${id}`}
      trigger={
        <Button
          variant="quiet"
          size="sm"
          iconOnly
          icon="more"
          aria-label={`More actions for ${id}`}
          className="max-shell:size-11 max-shell:border-line!"
        />
      }
    >
      {canAdmin && state === "unregistered" ? (
        <MenuItem icon="plus" onSelect={() => ask({ kind: "adopt", backup })}>
          Register…
        </MenuItem>
      ) : null}
      {canAdmin && isRestorable(backup) ? (
        <MenuLink icon="restore" href={restorePath(id)}>
          Restore…
        </MenuLink>
      ) : null}
      {canOperate && readable ? (
        <>
          {state === "verifying" ? null : (
            <MenuItem icon="shield" onSelect={() => void actions.verify(id)}>
              Verify now
            </MenuItem>
          )}
          <MenuItem icon="edit" onSelect={() => ask({ kind: "describe", backup })}>
            Edit tags and note…
          </MenuItem>
          {backup.locked ? null : (
            <MenuItem icon="lock" onSelect={() => void actions.lock(id, true)}>
              Lock
            </MenuItem>
          )}
          {backup.locked && canAdmin ? (
            <MenuItem icon="unlock" onSelect={() => ask({ kind: "unlock", backup })}>
              Unlock…
            </MenuItem>
          ) : null}
          {backup.status === "latest_restored" ? (
            <MenuItem icon="pin" onSelect={() => void actions.mark(backup, null)}>
              Remove mark
            </MenuItem>
          ) : (
            <MenuItem icon="pin" onSelect={() => void actions.mark(backup, "latest_restored")}>
              Mark as latest restored
            </MenuItem>
          )}
          {onSelect ? (
            <div className="shell:hidden">
              <MenuItem icon="check" onSelect={onSelect}>
                Select
              </MenuItem>
            </div>
          ) : null}
        </>
      ) : null}
      {canOperate && (readable || state === "unregistered") ? <MenuSeparator /> : null}
      <MenuItem icon="copy" onSelect={() => copy(id, "the id")}>
        Copy id
      </MenuItem>
      {hasFile(backup) ? (
        <>
          <MenuItem icon="database" onSelect={() => copy(attachStatement(storage, id), "the ATTACH statement")}>
            Copy ATTACH statement
          </MenuItem>
          <MenuItem icon="copy" onSelect={() => copy(downloadCurl(window.location.origin, id), "the curl line")}>
            Copy as curl
          </MenuItem>
        </>
      ) : null}
      {canAdmin && registered && state !== "deleting" ? (
        <>
          <MenuSeparator />
          <MenuItem
            icon="trash"
            tone="danger"
            disabled={isProtected(backup)}
            onSelect={() => ask({ kind: "remove", backups: [backup] })}
          >
            {isProtected(backup) ? `Delete… (${keepReason(backup)} stays)` : "Delete…"}
          </MenuItem>
        </>
      ) : null}
    </Menu>
  );
}

function keepReason(backup: BackupView): string {
  return backup.protectedBecause ?? "locked";
}
