import type { BackupList, BackupView } from "@/server/nestegg";

export type BackupPatch = (backup: BackupView) => BackupView;

export function patchList(list: BackupList, patch: BackupPatch): BackupList {
  return { ...list, backups: list.backups.map(patch) };
}

export function editPatch(id: string, change: Partial<BackupView>): BackupPatch {
  return (backup) => (backup.id === id ? { ...backup, ...change } : backup);
}

/** At most one holds the mark, so its old holder loses it in the same paint. Null takes it from everybody. */
export function markPatch(id: string | null): BackupPatch {
  return (backup) => {
    if (backup.id === id) return { ...backup, status: "latest_restored" };
    if (backup.status !== "latest_restored") return backup;
    const { status: _lost, ...rest } = backup;
    return rest;
  };
}

/** Puts back the rows that the patch changed and no others: an edit of another row that came later stays. */
export function undoPatch(backups: BackupView[], patch: BackupPatch): BackupPatch {
  const before = new Map(backups.filter((backup) => patch(backup) !== backup).map((backup) => [backup.id, backup]));
  return (backup) => before.get(backup.id) ?? backup;
}
