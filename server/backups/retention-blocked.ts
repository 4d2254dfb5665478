import { createHash } from "node:crypto";
import type { ConfirmedDeletes, RetentionRow } from "../nestegg-operate";
import { parseBackupId } from "./backup-id";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { formatSize } from "./format-size";
import { isGood, showsLive } from "./protect";

/** Of its size or rows: a database that lost more than this between two backups may have lost it by accident. */
const SHRUNK_TO = 0.5;
/** So long a verified backup is what the newest one is measured by; else the next small one would make the loss look normal. */
const MEASURED_BY_DAYS = 30;
const DAY_MS = 24 * 3_600_000;
/** The newest backup whose smallness an admin has accepted, by name in the control database. */
const ACCEPTED = "retention-accepted";

export interface Blocked {
  code: string;
  text: string;
  hint: string;
  /** The newest backup that is suspicious; an admin who has seen it may accept that one. */
  newestId?: string;
}

/** Why nothing may be deleted now, whatever the policy says; null: nothing is in the way. From memory, without a request. */
export async function retentionBlocked(
  ctx: Pick<BackupContext, "catalog" | "ownership" | "isOpen" | "memory" | "retention">,
): Promise<Blocked | null> {
  const { catalog, ownership } = ctx;
  if (ctx.retention.unreadable) {
    return {
      code: "rules-unreadable",
      text: "The saved rules of the retention cannot be read, so nothing is deleted.",
      hint: "An admin sets the rules anew in Settings, Retention, and saves them.",
    };
  }
  if (catalog.problem || !catalog.readAt) {
    return {
      code: catalog.problem?.code ?? "unread",
      text: `The list of backups could not be read from the storage, so nothing is deleted. ${catalog.problem?.message ?? ""}`.trim(),
      hint: catalog.problem?.hint ?? "It is read again by itself every few minutes.",
    };
  }
  if (ownership.owner && !ownership.ours) {
    return {
      code: "not_owner",
      text: `This backup path belongs to the server on ${ownership.owner.host}, so nothing is deleted from here.`,
      hint: "If that server is gone for good, take the path over in Settings, Storage.",
    };
  }
  if (!ctx.isOpen()) {
    return {
      code: "degraded",
      text: "The database is not open, so nothing is deleted: its backups may be all there is.",
      hint: "Mend or restore the database first; the Overview says what is wrong.",
    };
  }
  return shrunk(catalog.entries(), await ctx.memory.get(ACCEPTED));
}

/**
 * The newest backup is far smaller than a verified one before it. `acceptedId`: an admin has said that this one's smallness is
 * right, so that older ones are no measure any more.
 */
export function shrunk(entries: readonly CatalogEntry[], acceptedId: string | null): Blocked | null {
  const good = entries.filter((entry) => isGood(entry) && showsLive(entry) && !entry.manifest?.deletesAt);
  const [newest, ...older] = [...good].sort((a, b) => timeOf(b.id) - timeOf(a.id));
  if (!newest) return null;
  const since = acceptedId === null ? Number.NEGATIVE_INFINITY : timeOf(acceptedId);
  const verified = older.filter(
    (entry) => timeOf(entry.id) >= since && entry.manifest?.verification?.result === "verified",
  );
  const oldest = timeOf(newest.id) - MEASURED_BY_DAYS * DAY_MS;
  const measures = verified.filter((entry, index) => index === 0 || timeOf(entry.id) >= oldest);
  for (const measure of measures) {
    const loss = lossOf(newest, measure);
    if (!loss) continue;
    return {
      code: "suspicious",
      newestId: newest.id,
      text: `The newest backup ${newest.id} has ${loss}, less than half of ${measure.id}. Something may have been lost, so nothing is deleted.`,
      hint: "Look at what is missing in both backups. If the loss is wanted, an admin lets the deletion go on in Settings, Retention.",
    };
  }
  return null;
}

function lossOf(newest: CatalogEntry, measure: CatalogEntry): string | null {
  const [bytes, before] = [newest.manifest?.file.bytes ?? 0, measure.manifest?.file.bytes ?? 0];
  if (bytes < before * SHRUNK_TO) return `${formatSize(bytes)} instead of ${formatSize(before)}`;
  const [rows, rowsBefore] = [rowsOf(newest), rowsOf(measure)];
  if (rows === null || rowsBefore === null || rows >= rowsBefore * SHRUNK_TO) return null;
  return `${rows.toLocaleString("en-US")} rows instead of ${rowsBefore.toLocaleString("en-US")}`;
}

/** Null while its rows were not read. */
function rowsOf({ manifest }: CatalogEntry): number | null {
  const verification = manifest?.verification;
  if (verification?.result !== "verified") return null;
  return verification.tables.reduce((sum, table) => sum + table.rows, 0);
}

function timeOf(id: string): number {
  return parseBackupId(id)?.time.getTime() ?? 0;
}

export async function acceptNewest({ memory }: Pick<BackupContext, "memory">, id: string): Promise<void> {
  await memory.set(ACCEPTED, id);
}

/** Of a set of deletions, so that nobody confirms one and gets another of the same number. */
export function digestOf(going: readonly Pick<RetentionRow, "id">[]): string {
  const ids = going.map(({ id }) => id).sort();
  return createHash("sha256").update(ids.join("\n")).digest("hex");
}

/** Whether what an admin confirmed was said with this very backup before the eyes. */
export function isAccepted(blocked: Blocked, confirmed: ConfirmedDeletes | null): boolean {
  return blocked.newestId !== undefined && blocked.newestId === confirmed?.acceptNewest;
}

/** More than half of the good ones would go. */
export function wouldHalve(rows: readonly RetentionRow[], entries: readonly CatalogEntry[]): boolean {
  const good = new Set(entries.filter(isGood).map(({ id }) => id));
  const judged = rows.filter(({ id }) => good.has(id));
  const going = judged.filter(({ stays }) => !stays).length;
  return going * 2 > judged.length;
}
