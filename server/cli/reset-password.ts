import { mkdir } from "node:fs/promises";
import { openControl } from "../control/open-control";
import type { Cli, Outcome } from "./cli";

/** Works beside a running server: both write the control database through SQLite's own locks. */
export async function resetPassword(
  { settings, clock, log, migrationsFolder }: Cli,
  { email }: { email: string },
): Promise<Outcome> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const control = await openControl({ url: settings.controlDatabaseUrl, migrationsFolder, clock, log });
  try {
    const { user, password } = await control.people.resetPassword(email);
    return {
      text: `New password for ${user.email}: ${password}\nAll sessions of this person have ended.`,
      json: { email: user.email, password },
    };
  } finally {
    await control.close();
  }
}
