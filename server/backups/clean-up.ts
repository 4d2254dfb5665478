import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readBody } from "../read-body";
import { type BackupContext, systemCaller } from "./context";
import { abortUploads, dropUnregistered } from "./discard-run";
import { deleteDue } from "./remove";
import { uploadsFolderName } from "./uploads-folder";

const FOREIGN_CLAIM_LIFE_MS = 24 * 3_600_000;
type IsActive = (operationId: string) => boolean;

const claimSchema = z.looseObject({ serverId: z.string(), operationId: z.string() });

/**
 * Removes what interrupted runs of this server left: uploads, unregistered objects under our own claims, claims, scratch files.
 * Runs that are under way and other servers' claims of the last day are never touched. Throws when the storage is away.
 */
export async function cleanUp(ctx: BackupContext): Promise<{ uploads: number; claims: number }> {
  await ctx.ownership.establish();
  // Asked anew at each decision: a run that begins meanwhile must keep what it uses.
  const isActive = (operationId: string) => ctx.operations.active().some((operation) => operation.id === operationId);
  // Our own upload ids are ours to drop, whoever owns the path.
  const uploads = await abortUploads(ctx, (upload) => !isActive(upload.operationId));
  await ctx.catalog.refresh();
  let claims = 0;
  for (const claim of ctx.catalog.claims) {
    if (await isLeftOver(ctx, claim, isActive)) {
      await dropUnregistered(ctx, claim.id);
      claims += 1;
    }
  }
  if (claims > 0) await ctx.catalog.refresh();
  await deleteDue(ctx);
  await removeScratch(ctx, isActive);
  if (uploads + claims > 0) await report(ctx, uploads, claims);
  return { uploads, claims };
}

async function isLeftOver(
  ctx: BackupContext,
  claim: { key: string; createdAt: Date },
  isActive: IsActive,
): Promise<boolean> {
  const body = await ctx.store.get(claim.key);
  if (!body) return false;
  const parsed = claimSchema.safeParse(jsonOrNull((await readBody(body)).toString("utf8")));
  if (parsed.success && parsed.data.serverId === ctx.serverId) return !isActive(parsed.data.operationId);
  const old = claim.createdAt.getTime() < ctx.clock.now().getTime() - FOREIGN_CLAIM_LIFE_MS;
  return old && ctx.ownership.ours;
}

async function removeScratch(ctx: BackupContext, isActive: IsActive): Promise<void> {
  const names = await readdir(ctx.scratchFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names) {
    // What is being brought to this process; the folders of earlier ones are left over.
    if (name === uploadsFolderName(ctx)) continue;
    const operationId = name.slice(0, name.lastIndexOf("."));
    if (!isActive(operationId)) await rm(join(ctx.scratchFolder, name), { force: true, recursive: true });
  }
}

async function report(ctx: BackupContext, uploads: number, claims: number): Promise<void> {
  const operation = await ctx.operations.open({
    kind: "clean-up",
    title: "Clean-up",
    caller: systemCaller("clean-up"),
    steps: [],
  });
  await ctx.operations.run(operation.id, async () => ({
    summary: `Removed what interrupted runs had left: ${uploads} unfinished uploads, ${claims} reserved ids. No backup was touched.`,
    detail: { uploads, claims },
  }));
}

/** A claim that is no JSON is none of ours; it must not stop the clean-up. */
function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
