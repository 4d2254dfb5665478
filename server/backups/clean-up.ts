import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type BackupContext, systemCaller } from "./context";
import { abortUploads, dropUnregistered } from "./discard-run";
import { deleteDue } from "./remove";

const FOREIGN_CLAIM_LIFE_MS = 24 * 3_600_000;
const claimSchema = z.looseObject({ serverId: z.string(), operationId: z.string() });

/**
 * Removes what interrupted runs of this server left: uploads, unregistered objects under our own claims, claims, scratch files.
 * Runs that are under way and other servers' claims of the last day are never touched. Throws when the storage is away.
 */
export async function cleanUp(ctx: BackupContext): Promise<{ uploads: number; claims: number }> {
  if (ctx.ownership.owner === null) await ctx.ownership.establish();
  const active = new Set(ctx.operations.active().map((operation) => operation.id));
  // Our own upload ids are ours to drop, whoever owns the path.
  const uploads = await abortUploads(ctx, (upload) => !active.has(upload.operationId));
  await ctx.catalog.refresh();
  let claims = 0;
  for (const claim of ctx.catalog.claims) {
    if (await isLeftOver(ctx, claim, active)) {
      await dropUnregistered(ctx, claim.id);
      claims += 1;
    }
  }
  if (claims > 0) await ctx.catalog.refresh();
  await deleteDue(ctx);
  await removeScratch(ctx, active);
  if (uploads + claims > 0) await report(ctx, uploads, claims);
  return { uploads, claims };
}

async function isLeftOver(
  ctx: BackupContext,
  claim: { key: string; createdAt: Date },
  active: Set<string>,
): Promise<boolean> {
  const body = await ctx.store.get(claim.key);
  if (!body) return false;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  const parsed = claimSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  if (parsed.success && parsed.data.serverId === ctx.serverId) return !active.has(parsed.data.operationId);
  const old = claim.createdAt.getTime() < ctx.clock.now().getTime() - FOREIGN_CLAIM_LIFE_MS;
  return old && ctx.ownership.ours;
}

async function removeScratch(ctx: BackupContext, active: Set<string>): Promise<void> {
  const names = await readdir(ctx.scratchFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const name of names) {
    const operationId = name.slice(0, name.lastIndexOf("."));
    if (!active.has(operationId)) await rm(join(ctx.scratchFolder, name), { force: true, recursive: true });
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
