import type { Tone } from "@/components/badge";
import { plural } from "@/components/bytes";
import type { IconName } from "@/components/icon";
import type { OperationView } from "@/server/control/types";
import type { BackupState, BackupType, BackupView } from "@/server/nestegg";

export const TYPE_WORDS: Record<BackupType, string> = {
  manual: "Manual",
  scheduled: "Scheduled",
  shutdown: "Shutdown",
  safety: "Safety",
  upload: "Upload",
};

export const TYPE_ICONS: Record<BackupType, IconName> = {
  manual: "hand",
  scheduled: "clock",
  shutdown: "power",
  safety: "shield",
  upload: "upload",
};

export const STATE_WORDS: Record<BackupState, string> = {
  creating: "Backing up",
  stored: "Not verified yet",
  verifying: "Verifying",
  checked: "Checked",
  verified: "Verified",
  failed: "Check failed",
  missing: "File missing",
  deleting: "Will be deleted",
  unregistered: "Not registered",
};

export const STATE_TONES: Record<BackupState, Tone> = {
  creating: "run",
  stored: "quiet",
  verifying: "run",
  checked: "ok",
  verified: "ok",
  failed: "bad",
  missing: "bad",
  deleting: "quiet",
  unregistered: "warn",
};

/** The second line under the state: what the word above rests on. */
export function stateReason(backup: BackupView): string | null {
  const check = backup.verification;
  switch (backup.state) {
    case "verified":
      return check ? `${plural(check.tables.length, "table")}, all rows read` : "all rows read";
    case "checked":
      return "every part read back";
    case "failed":
      return check?.error ?? "its content is not what was written";
    case "missing":
      return "the file is gone from the bucket";
    case "unregistered":
      return "no manifest beside it";
    case "stored":
      return backup.operationId ? "waiting to be verified" : "whole in the bucket";
    default:
      return null;
  }
}

/** What the worker or the store said, as a sentence of its own. */
export function sentence(text: string): string {
  const whole = text.trim();
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?…]$/.test(whole) ? "" : "."}`;
}

/** Own tags: `type` repeats what the row already shows. */
export function ownTags(backup: Pick<BackupView, "tags">): [string, string][] {
  return Object.entries(backup.tags).filter(([key]) => key !== "type");
}

/** A tag without a value is written as its key alone. */
export function tagText([key, value]: [string, string]): string {
  return value === "" ? key : `${key}=${value}`;
}

export function tagsToText(tags: Record<string, string>): string {
  return ownTags({ tags }).map(tagText).join(", ");
}

/** Reads "pre-v3, release=v3"; words may be parted by commas or new lines. */
export function tagsFromText(text: string): Record<string, string> {
  const pairs = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

export function isActive(operation: Pick<OperationView, "state">): boolean {
  return operation.state === "queued" || operation.state === "running" || operation.state === "waiting";
}

/** A backup that can be read: there is a whole file behind the row. */
export function hasFile(backup: Pick<BackupView, "state">): boolean {
  return backup.state !== "creating" && backup.state !== "missing";
}

/** Whether anybody may delete it at all; the server has the last word. */
export function isProtected(backup: Pick<BackupView, "locked" | "protectedBecause">): boolean {
  return backup.locked || backup.protectedBecause !== null;
}

/** When it was taken, from the id alone; null for what is no backup's id. */
export function backupTime(id: string | null): number | null {
  const [, day, clock] = /-(\d{8})-(\d{6})\.duckdb$/.exec(id ?? "") ?? [];
  if (!day || !clock) return null;
  const at = Date.parse(
    `${day.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")}T${clock.replace(/^(\d{2})(\d{2})(\d{2})$/, "$1:$2:$3")}Z`,
  );
  return Number.isNaN(at) ? null : at;
}

/** Whether there is a point in opening its restore page from a list; the page itself says what is in the way. */
export function isRestorable(backup: Pick<BackupView, "state">): boolean {
  return ["stored", "verifying", "checked", "verified"].includes(backup.state);
}

export function restorePath(id: string): string {
  return `/backups/${encodeURIComponent(id)}/restore`;
}
