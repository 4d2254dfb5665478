import { backupRows } from "../backups/doctor/backup-rows";
import { asStorageRow, examine } from "../backups/doctor/examine";
import { diskRows, keptRow, settingsRow } from "../backups/doctor/machine-rows";
import { ownerRow } from "../backups/doctor/owner-row";
import { orphansRow, uploadsRow } from "../backups/doctor/path-rows";
import { tryStorage } from "../backups/doctor/try-storage";
import { ownerKey, readOwner } from "../backups/owner";
import type { DoctorRow } from "../nestegg-operate";
import { type Bucket, openBucket } from "./bucket";
import type { Cli, Outcome } from "./cli";
import { checkFiles, databaseTimes } from "./doctor-files";
import { EXIT } from "./exit-codes";

/**
 * The server's doctor without a server: what needs its records (drills, unfinished uploads, rules) is left out, and what only an
 * idle machine can show (a half-done exchange, the whole database) is added. Nothing stays changed.
 */
export async function doctor(cli: Cli): Promise<Outcome> {
  const { settings, clock } = cli;
  const bucket = await openBucket(cli);
  const { rows } = await examine(clock, [
    { code: "settings", group: "machine", title: "Settings", rows: () => settingsRow(settings) },
    {
      code: "storage",
      group: "storage",
      title: "Storage",
      rows: async () => (await tryStorage(bucket, null)).map(asStorageRow),
    },
    { code: "owner", group: "path", title: "Whose path this is", rows: () => markRow(cli, bucket) },
    { code: "orphans", group: "path", title: "Orphans", rows: () => orphansRow(bucket) },
    { code: "uploads", group: "path", title: "Unfinished uploads", rows: () => uploadsRow(bucket, null, () => true) },
    {
      code: "newest-backup",
      group: "backups",
      title: "Newest backup",
      rows: async () => backupRows(bucket, await databaseTimes(bucket.databasePath)),
    },
    { code: "files", group: "database", title: "Files of this machine", rows: () => checkFiles(cli, bucket) },
    { code: "disk", group: "machine", title: "Room for a restore", rows: () => diskRows(bucket) },
    { code: "kept", group: "machine", title: "Kept databases", rows: () => keptRow(bucket) },
  ]);
  return tell(rows);
}

/** Settings that cannot be read are the first thing a doctor finds, and the last. */
export function tellBadSettings({ message, hint }: { message: string; hint?: string }): Outcome {
  const row = { code: "settings", group: "machine", title: "Settings", state: "fault", text: message } as const;
  return tell([{ ...row, hint: hint ?? null }]);
}

/** Which server this machine is stands in a control database, which may not be here: only the environments are compared. */
async function markRow({ settings }: Cli, { store, catalog }: Bucket): Promise<DoctorRow[]> {
  // The storage's own rows have said why.
  if (catalog.readAt === null) return [];
  const found = await readOwner(store, ownerKey(settings));
  return [ownerRow(found?.owner ?? null, { serverId: null, environment: settings.environment })];
}

function tell(findings: DoctorRow[]): Outcome {
  const count = (state: DoctorRow["state"]) => findings.filter((finding) => finding.state === state).length;
  const faults = count("fault");
  const warnings = count("warning");
  const end = `${faults === 0 ? "no" : faults} ${faults === 1 ? "fault" : "faults"}, ${warnings === 0 ? "no" : warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  return {
    text: `${findings.map(line).join("\n")}\n${end}`,
    json: { healthy: faults === 0, faults, warnings, findings },
    exitCode: faults === 0 ? EXIT.done : EXIT.failed,
  };
}

function line({ state, title, text, hint }: DoctorRow): string {
  const todo = state !== "ok" && hint ? `\n         → ${hint}` : "";
  return `${state.padEnd(8)} ${title}: ${text}${todo}`;
}
