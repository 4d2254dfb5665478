import { AppError, isAppError } from "../errors";
import type { BackupList, BackupListInput, BackupView } from "../nestegg";
import { isoSeconds, parseBackupId } from "./backup-id";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { requireEntry } from "./require-entry";
import { type ListFacts, listFacts, viewBackup } from "./view";

/** As many as the contract gives without a limit. */
const DEFAULT_LIMIT = 1000;
/** Who reads within this time of the last reading sees that one; older lists are read anew behind the answer. */
const LIST_AGE_MS = 15_000;

/**
 * From the index, which the bucket is the truth of. `fresh` reads the bucket first; when that fails the last list is given with
 * the problem beside it, so that an outage of the storage does not hide what is known.
 */
export async function listBackups(
  ctx: BackupContext,
  input: BackupListInput & { fresh?: boolean },
): Promise<BackupList> {
  await bringUpToDate(ctx, input.fresh ?? false);
  const entries = ctx.catalog.entries();
  const facts = factsOf(ctx, entries);
  const all = entries.map((entry) => viewBackup(entry, facts));
  const matching = sorted(all.filter(matcher(input)), input.sort ?? "newest");
  const limit = input.limit ?? DEFAULT_LIMIT;
  const start = input.cursor ? positionAfter(matching, input.cursor, input.sort ?? "newest") : 0;
  const page = matching.slice(start, start + limit);
  const last = page.at(-1);
  const { problem } = ctx.catalog;
  return {
    backups: page,
    nextCursor: last && start + limit < matching.length ? last.id : null,
    matching: matching.length,
    total: all.length,
    totalBytes: all.reduce((sum, backup) => sum + backup.bytes, 0),
    counts: countAll(all),
    readAt: ctx.catalog.readAt?.toISOString() ?? null,
    problem: problem ? { code: problem.code, message: problem.message, hint: problem.hint ?? null } : null,
  };
}

export async function getBackup(
  ctx: BackupContext,
  id: string,
): Promise<BackupView & { manifest: Record<string, unknown> | null }> {
  await bringUpToDate(ctx, false);
  const entry = await requireEntry(ctx, id);
  const entries = ctx.catalog.entries();
  const read = entry.manifest ? await ctx.catalog.readManifest(id) : null;
  return {
    ...viewBackup(entry, factsOf(ctx, entries)),
    manifest: read?.manifest ?? null,
  };
}

function factsOf({ operations, prices, retention }: BackupContext, entries: CatalogEntry[]): ListFacts {
  const active = operations.active();
  return listFacts(entries, active, prices(), retention.plan({ entries, active }));
}

async function bringUpToDate(ctx: BackupContext, fresh: boolean): Promise<void> {
  const { catalog, clock } = ctx;
  const age = catalog.readAt ? clock.now().getTime() - catalog.readAt.getTime() : Number.POSITIVE_INFINITY;
  if (!fresh && age < LIST_AGE_MS) return;
  const reading = catalog.refresh().catch((error: unknown) => {
    // Kept by the catalog and shown with the list; anything else is a fault of ours.
    if (!isAppError(error)) throw error;
  });
  if (fresh || !catalog.readAt) await reading;
  else
    void reading.then(
      () => ctx.operations.announce("backups"),
      (error: unknown) => ctx.log.error({ err: error }, "reading the list failed"),
    );
}

function matcher(input: BackupListInput): (backup: BackupView) => boolean {
  const words = (input.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return (backup) =>
    (!input.types?.length || input.types.includes(backup.type)) &&
    (!input.states?.length || input.states.includes(backup.state)) &&
    (!input.tag || hasTag(backup, input.tag)) &&
    (!input.from || backup.timestamp >= input.from) &&
    (!input.to || backup.timestamp <= input.to) &&
    words.every((word) => matchesWord(backup, word));
}

/** Plain words look in id, note and tags; `tag:x`, `type:manual` and `state:failed` in their own field. */
function matchesWord(backup: BackupView, word: string): boolean {
  const [field, value] = word.includes(":")
    ? [word.slice(0, word.indexOf(":")), word.slice(word.indexOf(":") + 1)]
    : ["", word];
  if (field === "tag") return hasTag(backup, value);
  if (field === "type") return backup.type.startsWith(value);
  if (field === "state") return backup.state.startsWith(value);
  const text = [backup.id, backup.note, ...Object.entries(backup.tags).map(([key, tag]) => `${key}=${tag}`)]
    .join(" ")
    .toLowerCase();
  return text.includes(word);
}

function hasTag(backup: BackupView, wanted: string): boolean {
  return Object.entries(backup.tags).some(([key, value]) => wanted === key || wanted === `${key}=${value}`);
}

function sorted(backups: BackupView[], sort: NonNullable<BackupListInput["sort"]>): BackupView[] {
  if (sort === "newest") return backups;
  if (sort === "oldest") return backups.toReversed();
  const direction = sort === "largest" ? -1 : 1;
  return backups.toSorted((a, b) => direction * (a.bytes - b.bytes) || (a.id < b.id ? -1 : 1));
}

/** A backup that was deleted between two pages: the next page goes on where it stood, by the order of time. */
function positionAfter(backups: BackupView[], cursor: string, sort: NonNullable<BackupListInput["sort"]>): number {
  const index = backups.findIndex((backup) => backup.id === cursor);
  if (index >= 0) return index + 1;
  const time = parseBackupId(cursor)?.time;
  if (!time || sort === "largest" || sort === "smallest") {
    throw new AppError("invalid_input", "The cursor names a backup that is not in this list any more.", {
      hint: "Start again without a cursor.",
    });
  }
  const next = backups.findIndex(({ timestamp }) =>
    sort === "oldest" ? timestamp > isoSeconds(time) : timestamp < isoSeconds(time),
  );
  return next === -1 ? backups.length : next;
}

function countAll(backups: BackupView[]): BackupList["counts"] {
  const counts: BackupList["counts"] = { types: {}, states: {}, tags: {} };
  for (const backup of backups) {
    counts.types[backup.type] = (counts.types[backup.type] ?? 0) + 1;
    counts.states[backup.state] = (counts.states[backup.state] ?? 0) + 1;
    for (const key of Object.keys(backup.tags)) counts.tags[key] = (counts.tags[key] ?? 0) + 1;
  }
  return counts;
}
