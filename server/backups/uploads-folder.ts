import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupContext } from "./context";

const PREFIX = "uploads-";

/** Named after this start: what an earlier process was brought and never finished is then known as left over. */
export function uploadsFolderName(ctx: Pick<BackupContext, "startedAt">): string {
  return `${PREFIX}${ctx.startedAt.getTime()}`;
}

/** Makes it, and drops those of earlier processes: a start without a usable database cleans nothing up. */
export async function makeUploadsFolder(ctx: Pick<BackupContext, "startedAt" | "scratchFolder">): Promise<string> {
  const own = uploadsFolderName(ctx);
  const folder = join(ctx.scratchFolder, own);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(ctx.scratchFolder)) {
    if (name.startsWith(PREFIX) && name !== own)
      await rm(join(ctx.scratchFolder, name), { recursive: true, force: true });
  }
  return folder;
}
