import type { BackupType } from "../../nestegg";
import { formatBackupId } from "../backup-id";
import type { CatalogEntry } from "../catalog";
import type { Manifest } from "../manifest";

export interface EntryFacts {
  at: string | Date;
  type?: BackupType;
  bytes?: number;
  result?: "checked" | "verified" | "failed";
  rows?: number;
  missing?: boolean;
  manifest?: Partial<Manifest>;
}

/** A backup as the list knows it, stored whole unless told otherwise. */
export function catalogEntry({ at, type = "manual", bytes = 1_000_000, ...facts }: EntryFacts): CatalogEntry {
  const time = new Date(at);
  const id = formatBackupId({ database: "hesocial", type, time });
  const { result, rows = 10 } = facts;
  const tables = [{ schema: "main", name: "t", rows }];
  const manifest: Manifest = {
    version: 1,
    id,
    database: "hesocial",
    type,
    createdAt: time.toISOString(),
    createdBy: null,
    revision: "00",
    tags: {},
    note: "",
    locked: false,
    engine: { duckdb: "v1.5.0", storageVersion: "v1.5.0" },
    file: { bytes, etag: "e", partBytes: 8, parts: [], headerSha256: "", lineage: "" },
    transfer: { sentBytes: bytes, reusedBytes: 0, baseId: null, requests: 1, durationMs: 1 },
    verification: result ? { at: time.toISOString(), result, method: "", tables, error: null, durationMs: 1 } : null,
    origin: { serverId: "s", host: "h", appVersion: "0" },
    ...facts.manifest,
  };
  const object = { key: `backups/${id}`, bytes, etag: "e", lastModified: time };
  return { id, object: facts.missing ? null : object, manifestEtag: "m", manifestAt: time, manifest, problem: null };
}
