import type { DoctorRow, DrillResult, DrillSettings } from "../../nestegg-operate";
import { wordsOf } from "../backup-id";
import { formatSize } from "../format-size";

const DAY_MS = 24 * 3_600_000;

export function drillRow(results: DrillResult[], settings: DrillSettings, now: Date): DoctorRow {
  const base = { code: "drill", group: "backups" as const, title: "Restore drill" };
  const last = results[0];
  const off = settings.enabled ? "" : " Drills by themselves are switched off.";
  if (!last) {
    const hint = "Run one now, in Settings, Doctor.";
    return { ...base, state: "warning", text: `no backup was restored for practice yet.${off}`, hint };
  }
  if (last.state === "failed") {
    return {
      ...base,
      state: "fault",
      text: `the last one, of ${last.backupId} on ${wordsOf(last.at)}, failed: ${last.error ?? "no reason is known"}`,
      hint: "Look at its run in Activity. If the backup is damaged take a new one now; else mend the reason and run the drill again.",
    };
  }
  const late = now.getTime() - Date.parse(last.at) > 2 * settings.everyDays * DAY_MS;
  return {
    ...base,
    state: late ? "warning" : "ok",
    text: `the last one: ${last.backupId} (${formatSize(last.bytes)}) was fetched, opened and read in ${(last.durationMs / 1000).toFixed(1)} s on ${wordsOf(last.at)}.${off}`,
    hint: late ? "That is long ago: run one now, in Settings, Doctor." : null,
  };
}
