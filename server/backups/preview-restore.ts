import { stat } from "node:fs/promises";
import type { KeptFile } from "../database/kept-files";
import type { LiveTable } from "../database/live-contents";
import { isAppError } from "../errors";
import type { RestorePreview, UndoPreview } from "../nestegg-restore";
import type { InspectResult } from "../worker/protocol";
import { roomFor } from "./bring-backup";
import { compareTables } from "./compare-tables";
import type { BackupContext } from "./context";
import { estimateRestore } from "./estimate-restore";
import { inspectKept } from "./inspect-kept";
import { KEPT_DAYS, viewKept } from "./kept";
import { getBackup } from "./list";
import type { Manifest } from "./manifest";
import { blockersOf, placeBlockers } from "./restore-blockers";

/** Reading every value of the live database for a preview takes about a second per gigabyte; above this, rows are counted. */
const VALUES_UP_TO_BYTES = 2_000_000_000;
const LOOK_TIMEOUT_MS = 60_000;

interface LiveLook {
  bytes: number;
  lastChangeAt: Date | null;
  changes: number;
  storageVersion: string | null;
  /** Null: it is not open, or cannot be read. */
  tables: LiveTable[] | null;
  values: boolean;
}

export async function previewRestore(ctx: BackupContext, input: { id: string }): Promise<RestorePreview> {
  const view = await getBackup(ctx, input.id);
  const manifest = (await ctx.catalog.readManifest(input.id))?.manifest ?? null;
  const live = await lookAtLive(ctx);
  const comparison = compare(ctx, live, manifest);
  const disk = await roomFor(ctx, view.bytes);
  const takenAt = manifest?.snapshot?.takenAt ?? view.timestamp;
  return {
    id: view.id,
    timestamp: view.timestamp,
    state: view.state,
    bytes: view.bytes,
    liveBytes: live.bytes,
    engine: view.engine,
    liveEngine: { duckdb: ctx.engineVersion, storageVersion: live.storageVersion },
    upgradeNote: upgradeNote(ctx, manifest),
    ...comparison,
    lastChangeAt: live.lastChangeAt?.toISOString() ?? null,
    changesSince: changesSince(ctx, live, manifest, takenAt),
    disk,
    estimate: await estimateRestore(ctx, view.bytes),
    blockers: await blockersOf(ctx, { view, disk }),
    notes: notesOf(ctx, manifest),
    keepsForDays: KEPT_DAYS,
  };
}

export async function previewUndo(ctx: BackupContext): Promise<UndoPreview | null> {
  const [kept] = await ctx.kept.list();
  if (!kept) return null;
  const live = await lookAtLive(ctx);
  const inspected = await inspectOnce(ctx, kept);
  const tables = live.tables && inspected ? compareTables(live.tables, inspected.inspection.tables) : null;
  // The instance was opened by that very swap: what it has seen since is what was written since.
  const counted = ctx.isOpen() && Date.parse(kept.about.replacedAt) >= ctx.startedAt.getTime();
  return {
    kept: viewKept(ctx, kept, true),
    tables,
    compared: tables ? (live.values ? "content" : "counts") : "none",
    changesSince: counted ? live.changes : null,
    lastChangeAt: live.lastChangeAt?.toISOString() ?? null,
    blockers: await placeBlockers(ctx),
  };
}

/** Once for all who ask, and for as long as this server runs; what could not be read is read again when it is asked for again. */
async function inspectOnce(ctx: BackupContext, kept: KeptFile): Promise<InspectResult | null> {
  const known = ctx.keptInspections.get(kept.name);
  if (known) return known;
  const looking = ctx.restoring
    .look((begun) => {
      const signal = AbortSignal.any([ctx.stopping, begun]);
      return inspectKept(ctx, kept, { signal, progress: () => undefined });
    })
    .catch((error: unknown) => {
      ctx.log.warn({ err: error }, "the kept database could not be read for a preview");
      return null;
    });
  ctx.keptInspections.clear();
  ctx.keptInspections.set(kept.name, looking);
  const inspected = await looking;
  if (!inspected && ctx.keptInspections.get(kept.name) === looking) ctx.keptInspections.delete(kept.name);
  return inspected;
}

async function lookAtLive(ctx: BackupContext): Promise<LiveLook> {
  if (!ctx.isOpen()) {
    const bytes = (await stat(ctx.databasePath).catch(() => null))?.size ?? 0;
    return { bytes, lastChangeAt: null, changes: 0, storageVersion: null, tables: null, values: false };
  }
  const database = ctx.database();
  const pulse = database.pulse();
  const bytes = pulse.fileBytes + pulse.walBytes;
  const values = bytes <= VALUES_UP_TO_BYTES;
  const facts = { bytes, lastChangeAt: pulse.lastChangeAt, changes: pulse.changes };
  try {
    const tables = await database.contents({ values, timeoutMs: LOOK_TIMEOUT_MS });
    const { storageVersion } = await database.statistics();
    return { ...facts, storageVersion, tables, values };
  } catch (error) {
    if (!isAppError(error)) throw error;
    // A live database that cannot be read is one more reason to restore, not one to refuse the preview.
    ctx.log.warn({ err: error }, "the live database could not be read for a preview");
    return { ...facts, storageVersion: null, tables: null, values: false };
  }
}

function compare(
  ctx: BackupContext,
  live: LiveLook,
  manifest: Manifest | null,
): Pick<RestorePreview, "tables" | "compared"> {
  const verification = manifest?.verification;
  if (verification?.result !== "verified") return { tables: null, compared: "none" };
  if (!live.tables) {
    return { tables: compareTables([], verification.tables), compared: "none" };
  }
  // Hashes are the engine's own and comparable only within one version of it.
  const sameEngine = verification.engine === `v${ctx.engineVersion}`;
  const digests = live.values && sameEngine && verification.tables.every(({ digest }) => digest !== undefined);
  const backup = verification.tables.map((table) => ({ ...table, digest: digests ? table.digest : null }));
  return { tables: compareTables(live.tables, backup), compared: digests ? "content" : "counts" };
}

/** 0 when this server saw nothing after the backup of this very history; else it cannot be counted from here. */
function changesSince(ctx: BackupContext, live: LiveLook, manifest: Manifest | null, takenAt: string): number | null {
  if (!manifest || manifest.file.lineage !== ctx.lineage() || Date.parse(takenAt) < ctx.startedAt.getTime())
    return null;
  return !live.lastChangeAt || live.lastChangeAt.getTime() <= Date.parse(takenAt) ? 0 : null;
}

function upgradeNote(ctx: BackupContext, manifest: Manifest | null): string | null {
  if (!manifest) return null;
  const { duckdb, storageVersion } = manifest.engine;
  if (duckdb === ctx.engineVersion || duckdb === "unknown") return null;
  return `Written by DuckDB ${duckdb} (storage ${storageVersion}). It opens here, and DuckDB ${ctx.engineVersion} upgrades it on the first write that needs it.`;
}

function notesOf(ctx: BackupContext, manifest: Manifest | null): string[] {
  const notes = [];
  if (!ctx.isOpen())
    notes.push("The database is not open: its files are kept as they are, and no safety backup can be taken of them.");
  if (manifest && manifest.origin.serverId !== ctx.serverId)
    notes.push(`Made by another server, ${manifest.origin.host}.`);
  return notes;
}
