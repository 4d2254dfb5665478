import { isGood, newestGood, showsLive } from "../backups/protect";
import { engineVersion } from "../database/engine-version";
import type { Bucket } from "./bucket";
import { timeOf } from "./choose-backup";
import type { Finding } from "./doctor";

const HOUR_MS = 3_600_000;
/** With changes since, this is the most that a lost disk should cost without a word. */
const OLD_MS = 24 * HOUR_MS;

/** What a restore would have to go on now. */
export function checkBackups({ catalog, clock, databaseName }: Bucket, changedAt: Date | null): Finding[] {
  // The storage's own rows have said why.
  if (catalog.readAt === null) return [];
  const entries = catalog.entries();
  const good = newestGood(entries);
  const newest = entries.find((entry) => (entry.manifest ?? entry.problem) !== null && showsLive(entry));
  const findings: Finding[] = [];
  if (!good) {
    findings.push({
      code: "newest-backup",
      title: "Newest backup",
      state: changedAt || entries.length > 0 ? "fault" : "warning",
      text: entries.length > 0 ? `none of the ${entries.length} is good` : `there is no backup of ${databaseName}`,
      hint: "Take one: npm run -s nestegg -- backup",
    });
    return findings;
  }
  if (newest && newest.id !== good.id && !isGood(newest)) {
    findings.push({
      code: "newest-damaged",
      title: "Newest backup",
      state: "fault",
      text: `${newest.id} is damaged or missing; the newest good one is ${good.id}`,
      hint: "Take a new one: npm run -s nestegg -- backup",
    });
  }
  const takenAt = new Date(timeOf(good));
  const age = clock.now().getTime() - takenAt.getTime();
  const changed = changedAt !== null && changedAt > takenAt;
  findings.push({
    code: "newest-backup",
    title: "Newest good backup",
    state: changed && age > OLD_MS ? "warning" : "ok",
    text: `${good.id}, ${ageText(age)} old${changed ? ", the database was written since" : ""}`,
    hint: changed && age > OLD_MS ? "Take a new one: npm run -s nestegg -- backup" : null,
  });
  const verified = good.manifest?.verification?.result === "verified";
  findings.push({
    code: "verified",
    title: "Read back",
    state: verified ? "ok" : "warning",
    text: verified ? `every row of it was read at ${good.manifest?.verification?.at}` : "nobody has read it whole yet",
    hint: verified ? null : `npm run -s nestegg -- verify ${good.id}`,
  });
  findings.push(engineRow(good.manifest?.engine.duckdb ?? null));
  return findings;
}

function engineRow(backupEngine: string | null): Finding {
  const own = engineVersion();
  const newer = backupEngine !== null && isNewer(backupEngine, own);
  return {
    code: "engine",
    title: "Engine",
    state: newer ? "warning" : "ok",
    text: `DuckDB ${own} here, ${backupEngine ?? "unknown"} wrote the newest backup`,
    hint: newer
      ? "Update Nestegg on this machine before you restore: an older engine may not read a newer file."
      : null,
  };
}

function isNewer(left: string, right: string): boolean {
  const [a, b] = [left, right].map((version) => version.replace(/^v/, "").split(/[.-]/).map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] || 0) - (b?.[index] || 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
