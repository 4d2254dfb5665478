import type { Settings } from "../config";
import { openBucket } from "./bucket";
import type { Cli, Outcome } from "./cli";
import { checkBackups } from "./doctor-backups";
import { checkFiles, databaseTimes } from "./doctor-files";
import { checkStorageRows } from "./doctor-storage";
import { EXIT } from "./exit-codes";

export interface Finding {
  code: string;
  title: string;
  state: "ok" | "warning" | "fault";
  text: string;
  /** What to do about it. */
  hint: string | null;
}

/** Looks at everything that a way back needs, and changes nothing but one probe object in the bucket. */
export async function doctor(cli: Cli): Promise<Outcome> {
  const bucket = await openBucket(cli);
  const findings = [settingsRow(cli.settings), ...(await checkStorageRows(bucket))];
  findings.push(...checkBackups(bucket, await databaseTimes(bucket.databasePath)));
  findings.push(...(await checkFiles(cli, bucket)));
  return tell(findings);
}

/** Settings that cannot be read are the first thing a doctor finds, and the last. */
export function tellBadSettings({ message, hint }: { message: string; hint?: string }): Outcome {
  return tell([{ code: "settings", title: "Settings", state: "fault", text: message, hint: hint ?? null }]);
}

function tell(findings: Finding[]): Outcome {
  const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
  const faults = count("fault");
  const warnings = count("warning");
  const end = `${faults === 0 ? "no" : faults} ${faults === 1 ? "fault" : "faults"}, ${warnings === 0 ? "no" : warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  return {
    text: `${findings.map(line).join("\n")}\n${end}`,
    json: { healthy: faults === 0, faults, warnings, findings },
    exitCode: faults === 0 ? EXIT.done : EXIT.failed,
  };
}

function line({ state, title, text, hint }: Finding): string {
  const todo = state !== "ok" && hint ? `\n         → ${hint}` : "";
  return `${state.padEnd(8)} ${title}: ${text}${todo}`;
}

function settingsRow({ databasePath, dataDir, storage, backupEnabled }: Settings): Finding {
  const base = { code: "settings", title: "Settings" };
  const where = storage.kind === "r2" ? `bucket ${storage.bucket}` : `folder ${storage.folder}`;
  const text = `database ${databasePath}, data folder ${dataDir}, backups in ${where}`;
  if (!backupEnabled) {
    return {
      ...base,
      state: "warning",
      text: `${text}; backups are switched off`,
      hint: "Set BACKUP_ENABLED=true, else only the button and this command make one.",
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
