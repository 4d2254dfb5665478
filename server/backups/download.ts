import type { Caller } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { ObjectBody } from "../storage/object-store";
import type { BackupContext } from "./context";
import { unknownBackup } from "./manifest-editor";
import { isWhole } from "./protect";
import { requireEntry } from "./require-entry";

/** Long enough to start a download, too short to be passed around. */
const LINK_SECONDS = 300;

/** A presigned link, or null where the server streams the bytes itself; the file name is the id both ways. */
export async function downloadLink(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string },
): Promise<{ url: string | null; expiresAt: string | null; fileName: string; bytes: number }> {
  const { bytes } = await requireWhole(ctx, input.id);
  const url = await ctx.store.downloadUrl(ctx.catalog.keyOf(input.id), { fileName: input.id, seconds: LINK_SECONDS });
  await ctx.audit({ caller, action: "backup.download", target: input.id });
  const expiresAt = url === null ? null : new Date(ctx.clock.now().getTime() + LINK_SECONDS * 1000).toISOString();
  return { url, expiresAt, fileName: input.id, bytes };
}

export async function readBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string; range?: { start: number; end: number } },
): Promise<ObjectBody & { fileName: string }> {
  const { etag } = await requireWhole(ctx, input.id);
  const body = await ctx.store
    .get(ctx.catalog.keyOf(input.id), { range: input.range, ifMatch: etag })
    .catch((error: unknown) => {
      throw hasCode(error, "storage_precondition") ? missing(input.id) : error;
    });
  if (!body) throw missing(input.id);
  // A resumed download asks for many ranges; its beginning is the one that counts.
  if (!input.range || input.range.start === 0) await ctx.audit({ caller, action: "backup.download", target: input.id });
  return { ...body, fileName: input.id };
}

async function requireWhole(ctx: BackupContext, id: string): Promise<{ bytes: number; etag: string }> {
  const entry = await requireEntry(ctx, id);
  if (!entry.manifest) throw unknownBackup(id);
  if (!entry.object || !isWhole(entry)) throw missing(id);
  return entry.object;
}

function missing(id: string): AppError {
  return new AppError(
    "backup_missing",
    `The file of ${id} is gone from the bucket or has another size; only its manifest remains.`,
    {
      hint: "Choose another backup. A lifecycle rule or another program has changed the bucket.",
    },
  );
}
