import type { DoctorRow } from "../../nestegg-operate";
import { wordsOf } from "../backup-id";
import { isGood, newestGood, showsLive } from "../protect";
import { isNewer } from "../restore-blockers";
import type { DoctorContext } from "./context";

const HOUR_MS = 3_600_000;
/** With changes since, this is the most that a lost disk should cost without a word. */
const OLD_MS = 24 * HOUR_MS;

type Ctx = Pick<DoctorContext, "catalog" | "clock" | "databaseName" | "engineVersion">;

/** What a restore would have to go on now. `changedAt`: the last write of the database; null: there is none. */
export function backupRows(ctx: Ctx, changedAt: Date | null): DoctorRow[] {
  const { catalog, clock, databaseName } = ctx;
  // The storage's own rows have said why.
  if (catalog.readAt === null) return [];
  const group = "backups";
  const entries = catalog.entries();
  const good = newestGood(entries);
  if (catalog.problem) {
    const then = good ? `${good.id} was the newest good one` : "none was good";
    const text = `the bucket could not be listed; at ${catalog.readAt.toISOString()}, when it last was, ${then}`;
    return [{ code: "newest-backup", group, title: "Newest good backup", state: "skipped", text, hint: null }];
  }
  const newest = entries.find((entry) => (entry.manifest ?? entry.problem) !== null && showsLive(entry));
  if (!good) {
    const text = entries.length > 0 ? `none of the ${entries.length} is good` : `there is no backup of ${databaseName}`;
    const state = changedAt || entries.length > 0 ? "fault" : "warning";
    return [{ code: "newest-backup", group, title: "Newest backup", state, text, hint: TAKE_ONE }];
  }
  const rows: DoctorRow[] = [];
  if (newest && newest.id !== good.id && !isGood(newest)) {
    rows.push({
      code: "newest-damaged",
      group,
      title: "Newest backup",
      state: "fault",
      text: `${newest.id} is damaged or missing; the newest good one is ${good.id}`,
      hint: TAKE_ONE,
    });
  }
  const { manifest } = good;
  const takenAt = new Date(manifest?.liveAgain?.at ?? manifest?.snapshot?.takenAt ?? manifest?.createdAt ?? 0);
  const age = clock.now().getTime() - takenAt.getTime();
  const changed = changedAt !== null && changedAt > takenAt;
  const stale = changed && age > OLD_MS;
  rows.push({
    code: "newest-backup",
    group,
    title: "Newest good backup",
    state: stale ? "warning" : "ok",
    text: `it is ${good.id}, ${ageText(age)} old${changed ? ", the database was written since" : ""}`,
    hint: stale ? TAKE_ONE : null,
  });
  const verified = manifest?.verification?.result === "verified";
  rows.push({
    code: "verified",
    group,
    title: "Read back",
    state: verified ? "ok" : "warning",
    text: verified
      ? `every row of it was read on ${wordsOf(manifest?.verification?.at ?? "")}`
      : "nobody has read it whole yet",
    hint: verified ? null : `Verify it on its page, or: npm run -s nestegg -- verify ${good.id}`,
  });
  return [...rows, engineRow(ctx, manifest?.engine.duckdb ?? null), formatRow(ctx)];
}

const TAKE_ONE = "Take one: Backup now on the page, or: npm run -s nestegg -- backup";

function engineRow({ engineVersion }: Ctx, backupEngine: string | null): DoctorRow {
  const newer = backupEngine !== null && compareVersions(backupEngine, engineVersion) > 0;
  return {
    code: "engine",
    group: "backups",
    title: "Engine",
    state: newer ? "warning" : "ok",
    text: `DuckDB ${engineVersion.replace(/^v/, "")} here, ${backupEngine?.replace(/^v/, "") ?? "unknown"} wrote the newest backup`,
    hint: newer
      ? "Update Nestegg on this machine before you restore: an older engine may not read a newer file."
      : null,
  };
}

/** What an update of the engine means for what is stored, in words for somebody who does not follow DuckDB's releases. */
function formatRow({ catalog, engineVersion }: Ctx): DoctorRow {
  const base = { code: "formats", group: "backups" as const, title: "File formats" };
  const counts = new Map<string, number>();
  for (const { manifest } of catalog.entries().filter(isGood)) {
    const version = manifest?.engine.storageVersion ?? "unknown";
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const stored = [...counts].map(([version, count]) => `${count} in ${version}`).join(", ");
  const tooNew = [...counts.keys()].filter((version) => isNewer(version, engineVersion));
  if (tooNew.length > 0) {
    return {
      ...base,
      state: "warning",
      text: `good backups: ${stored}. DuckDB ${engineVersion.replace(/^v/, "")} here cannot open ${tooNew.join(", ")}`,
      hint: "Update Nestegg before you restore one of those.",
    };
  }
  const [major = 1] = (engineVersion.match(/\d+/g) ?? []).map(Number);
  const next = `${major + 1}.0`;
  return {
    ...base,
    state: "ok",
    text:
      `good backups: ${stored}. What DuckDB ${next} means for them: a newer DuckDB opens files of an older one, so they stay readable; ` +
      `a file that ${next} writes in its own new format cannot be opened by ${major}.x any more. Existing files keep their format until ` +
      "somebody changes it, so after an update a way back stays open as long as DATABASE_STORAGE_VERSION does. Run a restore drill after every update",
    hint: null,
  };
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.replace(/^v/, "").split(/[.-]/).map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] || 0) - (b?.[index] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
