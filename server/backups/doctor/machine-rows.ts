import { readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { DoctorRow } from "../../nestegg-operate";
import type { StoreSettings } from "../../storage/object-store";
import { RESTORE_RESERVE_BYTES, roomFor } from "../bring-backup";
import { formatSize } from "../format-size";
import { newestGood } from "../protect";
import type { DoctorContext } from "./context";

export interface ShownSettings {
  databasePath: string;
  dataDir: string;
  storage: StoreSettings;
  backupEnabled: boolean;
  environment: string | null;
}

export function settingsRow({ databasePath, dataDir, storage, backupEnabled, environment }: ShownSettings): DoctorRow {
  const base = { code: "settings", group: "machine" as const, title: "Settings" };
  const where = storage.kind === "r2" ? `bucket ${storage.bucket}` : `folder ${storage.folder}`;
  const what = environment === null ? "" : `, environment ${environment}`;
  const text = `database ${databasePath}, data folder ${dataDir}, backups in ${where}${what}`;
  if (!backupEnabled) {
    return {
      ...base,
      state: "warning",
      text: `${text}; backups are switched off`,
      hint: "Set BACKUP_ENABLED=true, else only the button and the command line make one.",
    };
  }
  if (storage.kind === "local") {
    return {
      ...base,
      state: "warning",
      text: `${text}, on this machine only`,
      hint: "A lost disk loses database and backups: set the R2 settings (see .env.example).",
    };
  }
  return { ...base, state: "ok", text, hint: null };
}

/** Nothing while there is no good backup, or no folder to restore into. */
export async function diskRows(ctx: Pick<DoctorContext, "catalog" | "databasePath">): Promise<DoctorRow[]> {
  const good = newestGood(ctx.catalog.entries());
  if (!good?.manifest) return [];
  if (!(await stat(dirname(ctx.databasePath)).catch(() => null))) return [];
  const { neededBytes, freeBytes } = await roomFor(ctx, good.manifest.file.bytes);
  const enough = freeBytes >= neededBytes;
  return [
    {
      code: "disk",
      group: "machine",
      title: "Room for a restore",
      state: enough ? "ok" : "fault",
      text: `${formatSize(freeBytes)} free, ${formatSize(neededBytes)} needed (${formatSize(RESTORE_RESERVE_BYTES)} of it in reserve)`,
      hint: enough ? null : "Free space beside the database, for instance by letting a kept database go.",
    },
  ];
}

export async function keptRow({ kept }: Pick<DoctorContext, "kept">): Promise<DoctorRow> {
  const files = await kept.list();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const uncovered = files.filter(({ about }) => about.uncovered).length;
  const text =
    files.length === 0
      ? "none"
      : `${files.length}, ${formatSize(bytes)}${uncovered > 0 ? `; ${uncovered} with changes that are in no backup` : ""}`;
  return { code: "kept", group: "machine", title: "Kept databases", state: "ok", text, hint: null };
}

/** Copies that runs make for themselves are removed at their end; what is older than every run was left by a killed one. */
export async function scratchRow(
  { scratchFolder }: Pick<DoctorContext, "scratchFolder">,
  inUse: (name: string) => boolean,
): Promise<DoctorRow> {
  const base = { code: "scratch", group: "machine" as const, title: "Scratch files" };
  const names = await readdir(scratchFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const left = names.filter((name) => !inUse(name));
  if (left.length === 0) return { ...base, state: "ok", text: "none was left behind", hint: null };
  const text = `${left.length} in ${scratchFolder} belong to no run: ${left.slice(0, 3).join(", ")}`;
  return { ...base, state: "warning", text, hint: "The next start of Nestegg removes them." };
}
