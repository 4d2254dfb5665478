import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "./config";

const SECRET_BYTES = 32;

/** AUTH_SECRET, or one of our own that outlives restarts, so that people stay signed in; readable by the owner only. */
export async function loadAuthSecret(settings: Pick<Settings, "authSecret" | "dataDir">): Promise<string> {
  if (settings.authSecret) return settings.authSecret;
  const path = join(settings.dataDir, "auth-secret");
  try {
    // Exclusive: two starters must not each write their own.
    await writeFile(path, `${randomBytes(SECRET_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    await chmod(path, 0o600);
  }
  return (await readFile(path, "utf8")).trim();
}
