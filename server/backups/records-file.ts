import { createHash } from "node:crypto";
import { z } from "zod";
import type { RecordRows } from "../control/record-rows";
import { AppError } from "../errors";

export const RECORDS_VERSION = 1;

export interface RecordsFile {
  database: string;
  /** The server that wrote it, and where it ran. */
  serverId: string;
  host: string;
  appVersion: string;
  writtenAt: string;
  rows: RecordRows;
}

/** `content` as written is what `sha256` is of: a bit that turned inside a name must not come back as somebody's name. */
const envelope = z.object({ version: z.int().positive(), sha256: z.string(), content: z.unknown() });
const contentSchema = z.object({
  database: z.string(),
  serverId: z.string(),
  host: z.string(),
  appVersion: z.string(),
  writtenAt: z.iso.datetime(),
  rows: z.unknown(),
});

export function serializeRecords(content: RecordsFile): Uint8Array {
  const file = { version: RECORDS_VERSION, sha256: digestOf(content), content };
  return new TextEncoder().encode(`${JSON.stringify(file)}\n`);
}

export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Throws `backup_damaged` for what is not whole, and `conflict` for a version that this program does not know. */
export function parseRecords(
  bytes: Uint8Array,
  { key, databaseName, parseRows }: { key: string; databaseName: string; parseRows(rows: unknown): RecordRows },
): RecordsFile {
  let outer: z.infer<typeof envelope>;
  try {
    outer = envelope.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw damaged(key, "it is no records file, or is cut off", cause);
  }
  if (outer.version > RECORDS_VERSION) {
    throw new AppError(
      "conflict",
      `${key} was written by a newer Nestegg (form ${outer.version}, this one knows ${RECORDS_VERSION}). Nothing was changed.`,
      { hint: "Run the version of Nestegg that wrote it, or a newer one." },
    );
  }
  if (digestOf(outer.content) !== outer.sha256) throw damaged(key, "its content does not fit its checksum");
  let content: RecordsFile;
  try {
    const parsed = contentSchema.parse(outer.content);
    content = { ...parsed, rows: parseRows(parsed.rows) };
  } catch (cause) {
    throw damaged(key, "a part of it has a form that is not ours", cause);
  }
  if (content.database === databaseName) return content;
  throw new AppError("conflict", `${key} holds the records of ${content.database}, not of ${databaseName}.`, {
    hint: "Check DATABASE_PATH and R2_BACKUP_PATH. Nothing was changed.",
  });
}

/** Whose it is, also of one that this program could not read otherwise. Null: not to be told. */
export function writerOf(bytes: Uint8Array): string | null {
  try {
    const loose = z.object({ content: z.object({ serverId: z.string().regex(/^[0-9a-f]{1,64}$/) }) });
    return loose.parse(JSON.parse(new TextDecoder().decode(bytes))).content.serverId;
  } catch {
    return null;
  }
}

function damaged(key: string, why: string, cause?: unknown): AppError {
  return new AppError("backup_damaged", `${key} cannot be used: ${why}. Nothing was changed.`, {
    hint: "Backups do not need it: restore without --with-records, then make the admin and the settings anew.",
    cause,
  });
}
