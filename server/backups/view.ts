import type { OperationView } from "../control/types";
import type { BackupState, BackupView } from "../nestegg";
import type { PriceTable, RetentionRow } from "../nestegg-operate";
import { isoSeconds, parseBackupId, wordsOf } from "./backup-id";
import type { CatalogEntry } from "./catalog";
import { formatSize } from "./format-size";
import type { Manifest } from "./manifest";
import { monthlyDollars, requestDollars } from "./prices";
import { isWhole, latestRestored, newestGood } from "./protect";

/** What the whole list says about each row of it; worked out once for a page of rows. */
export interface ListFacts {
  newestGoodId: string | null;
  latestRestoredId: string | null;
  active: OperationView[];
  /** What storage and requests cost; null: nothing, the store is a folder. */
  prices: PriceTable | null;
  /** What the retention says of each; without the server that runs it (the command line) nothing is known of it. */
  plan: Map<string, RetentionRow>;
}

export function listFacts(
  entries: CatalogEntry[],
  active: OperationView[],
  prices: PriceTable | null,
  plan: readonly RetentionRow[] = [],
): ListFacts {
  return {
    plan: new Map(plan.map((row) => [row.id, row])),
    prices,
    newestGoodId: newestGood(entries)?.id ?? null,
    latestRestoredId: latestRestored(entries)?.id ?? null,
    active,
  };
}

export function viewBackup(entry: CatalogEntry, facts: ListFacts): BackupView {
  const { manifest } = entry;
  const parsed = parseBackupId(entry.id);
  const bytes = manifest?.file.bytes ?? entry.object?.bytes ?? 0;
  const operation = facts.active.find((run) => run.backupId === entry.id) ?? null;
  const latest = facts.latestRestoredId === entry.id;
  const protectedBecause = protectionOf(entry, facts);
  return {
    id: entry.id,
    type: parsed?.type ?? "upload",
    state: stateOf(entry, operation),
    ...(latest ? { status: "latest_restored" as const } : {}),
    timestamp: isoSeconds(parsed?.time ?? new Date(0)),
    size: formatSize(bytes),
    bytes,
    tags: manifest?.tags ?? {},
    note: manifest?.note ?? "",
    locked: manifest?.locked ?? false,
    deletesAt: manifest?.deletesAt ?? null,
    ...keptBecause(entry, protectedBecause, facts.plan.get(entry.id)),
    protectedBecause,
    engine: manifest ? { duckdb: manifest.engine.duckdb, storageVersion: manifest.engine.storageVersion } : null,
    sentBytes: manifest?.transfer.sentBytes ?? 0,
    reusedBytes: manifest?.transfer.reusedBytes ?? 0,
    requests: manifest?.transfer.requests ?? 0,
    durationMs: manifest?.transfer.durationMs ?? 0,
    transfer: manifest ? transferOf(manifest, facts.prices) : null,
    checkpointMs: manifest?.snapshot?.checkpointMs ?? null,
    verification: manifest?.verification ?? null,
    restoredAt: manifest?.restored?.at ?? null,
    createdBy: manifest?.createdBy ?? null,
    origin: manifest
      ? { serverId: manifest.origin.serverId, host: manifest.origin.host, appVersion: manifest.origin.appVersion }
      : null,
    operationId: operation?.id ?? null,
  };
}

/** Of an adopted object nothing was sent by us. */
function transferOf({ file, transfer }: Manifest, prices: PriceTable | null): BackupView["transfer"] {
  if (transfer.requests === 0) return null;
  const requests = transfer.requestsByClass ?? null;
  return {
    baseId: transfer.baseId,
    unchanged: transfer.unchanged ?? false,
    copyGivenUp: transfer.copyGivenUp ?? false,
    requests: requests && { classA: requests.classA, classB: requests.classB, free: requests.free },
    requestDollars: prices && requests ? requestDollars(requests, prices) : null,
    monthlyDollars: prices ? monthlyDollars(file.bytes, prices) : null,
  };
}

function stateOf(entry: CatalogEntry, operation: OperationView | null): BackupState {
  if (!entry.manifest) return entry.problem ? "failed" : "unregistered";
  if (!isWhole(entry)) return "missing";
  if (entry.manifest.deletesAt) return "deleting";
  if (operation?.kind === "verify" || (operation?.kind === "backup" && entry.manifest)) return "verifying";
  return entry.manifest.verification?.result ?? "stored";
}

function protectionOf(entry: CatalogEntry, facts: ListFacts): BackupView["protectedBecause"] {
  if (facts.newestGoodId === entry.id) return "newest good";
  if (entry.manifest?.locked) return "locked";
  if (facts.latestRestoredId === entry.id) return "latest restored";
  return null;
}

function keptBecause(
  entry: CatalogEntry,
  because: BackupView["protectedBecause"],
  row: RetentionRow | undefined,
): Pick<BackupView, "kept" | "keptUntil"> {
  const goesAt = entry.manifest && !entry.manifest.deletesAt && !because && row?.stays ? row.goesAt : null;
  return { kept: keptWords(entry, because, row), keptUntil: goesAt };
}

function keptWords(
  entry: CatalogEntry,
  because: BackupView["protectedBecause"],
  row: RetentionRow | undefined,
): string {
  if (!entry.manifest) return entry.problem ? "manifest cannot be read" : "not registered";
  if (entry.manifest.deletesAt) return "on its way out";
  if (because === "newest good") return "kept: newest good";
  if (because === "locked") return "kept while locked";
  if (because === "latest restored") return "kept: latest restored";
  if (!row) return "kept by the rules of its server";
  if (!row.stays) return `goes with the next retention run: ${row.why}`;
  return row.goesAt ? `kept until ${wordsOf(row.goesAt)}` : `kept: ${row.why}`;
}
