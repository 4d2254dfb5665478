import { z } from "zod";
import { AppError } from "../errors";

const isoTime = z.iso.datetime({ precision: null });

/** One table as verification found it. */
const tableRows = z.looseObject({
  schema: z.string(),
  name: z.string(),
  rows: z.number(),
  /** Of all values, comparable only under the same engine version; see `table-contents.ts`. */
  digest: z.string().optional(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })).optional(),
});

/**
 * The JSON object beside each backup: all that is known of it but its bytes. Loose on purpose: fields that a newer
 * version wrote survive a rewrite by this one.
 */
export const manifestSchema = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  database: z.string(),
  type: z.enum(["shutdown", "manual", "scheduled", "safety", "upload"]),
  createdAt: isoTime,
  createdBy: z.string().nullable(),
  /** Random; recognises our own write when the answer to it was lost. */
  revision: z.string(),
  tags: z.record(z.string(), z.string()),
  note: z.string(),
  locked: z.boolean(),
  deletesAt: isoTime.optional(),
  engine: z.looseObject({ duckdb: z.string(), storageVersion: z.string() }),
  file: z.looseObject({
    bytes: z.number().int().nonnegative(),
    etag: z.string(),
    partBytes: z.number().int().positive(),
    /** SHA-256 of each part in order, lower-case hexadecimal. */
    parts: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
    /** SHA-256 of the first 12,288 bytes. */
    headerSha256: z.string(),
    /** Random id of the database's history: equal headers of two histories may hide different data. */
    lineage: z.string(),
  }),
  /** Taken from a plain file, not from the live database: it says nothing of how well that one is protected. */
  fromFile: z.boolean().optional(),
  snapshot: z.looseObject({ takenAt: isoTime, checkpointMs: z.number() }).optional(),
  transfer: z.looseObject({
    sentBytes: z.number(),
    /** Copied inside the store from the backup `baseId`. */
    reusedBytes: z.number(),
    baseId: z.string().nullable(),
    /** Of the upload, and below by R2's price classes. */
    requests: z.number(),
    requestsByClass: z.looseObject({ classA: z.number(), classB: z.number(), free: z.number() }).optional(),
    durationMs: z.number(),
    /** The snapshot was the base: the object was copied in one piece. */
    unchanged: z.boolean().optional(),
    /** Copying was slower than sending, or failed, so the rest was sent. */
    copyGivenUp: z.boolean().optional(),
    partsInFlight: z.number().optional(),
    /** Bytes a second while at least one part was on its way; null: none was. */
    sendRate: z.number().nullable().optional(),
    copyRate: z.number().nullable().optional(),
  }),
  verification: z
    .looseObject({
      at: isoTime,
      result: z.enum(["checked", "verified", "failed"]),
      method: z.string(),
      /** The DuckDB that read the rows, as it names itself; digests of another one are not comparable. */
      engine: z.string().optional(),
      tables: z.array(tableRows),
      error: z.string().nullable(),
      durationMs: z.number(),
    })
    .nullable(),
  restored: z.looseObject({ at: isoTime, by: z.string(), cleared: z.boolean().optional() }).optional(),
  /** When a swap last put exactly this in the live file's place, and into which history (null: not known). */
  liveAgain: z.looseObject({ at: isoTime, lineage: z.string().nullable() }).optional(),
  /** When object and manifest were last written anew, so that no rule of the bucket takes them. */
  renewedAt: isoTime.optional(),
  origin: z.looseObject({ serverId: z.string(), host: z.string(), appVersion: z.string() }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * A manifest as the list keeps it, without part hashes and columns: those of 10,000 backups would fill the memory.
 * Never written back.
 */
export type CatalogManifest = Manifest;

export function parseManifest(id: string, bytes: Uint8Array): Manifest {
  try {
    const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    if (manifest.id === id) return manifest;
    throw new Error(`it names ${manifest.id}`);
  } catch (error) {
    throw new AppError(
      "backup_damaged",
      `The manifest of ${id} cannot be read. The backup's own file is not touched by this.`,
      {
        hint: "Look at the .json object in the bucket; removing it lets you register the file anew.",
        cause: error,
      },
    );
  }
}

export function serializeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

export function withoutParts(manifest: Manifest): CatalogManifest {
  const { verification } = manifest;
  const tables = verification?.tables.map(({ schema, name, rows }) => ({ schema, name, rows })) ?? [];
  return {
    ...manifest,
    file: { ...manifest.file, parts: [] },
    verification: verification && { ...verification, tables },
  };
}
