/** The command line: the same settings and verbs as the server, without one. Exit codes: 0 done, 1 failed, 2 wrong use. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json";
import { systemClock } from "./clock";
import { readSettings } from "./config";
import { openControl } from "./control/open-control";
import { isAppError } from "./errors";
import { createLog } from "./log";

const USAGE = `Nestegg ${packageJson.version}

npm run -s nestegg -- <command>

  user reset EMAIL   gives this person a new password and ends all sessions
  help               this text
  version            the version

Settings come from the environment and .env, as for the server.
`;

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = isAppError(error)
      ? `${error.message}${error.hint ? `\n${error.hint}` : ""}`
      : String((error as Error).stack ?? error);
    process.stderr.write(`nestegg: ${known}\n`);
    process.exitCode = 1;
  },
);

async function run(words: string[]): Promise<number> {
  const [command, action, email] = words;
  if (command === "version" || command === "--version") return print(`${packageJson.version}\n`);
  if (command === undefined || command === "help" || command === "--help") return print(USAGE);
  if (command === "user" && action === "reset" && email) return resetPassword(email);
  process.stderr.write(USAGE);
  return 2;
}

/** Works beside a running server: both write the control database through SQLite's own locks. */
async function resetPassword(email: string): Promise<number> {
  const settings = readSettings(fileURLToPath(new URL("..", import.meta.url)), false);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const place = import.meta.url.endsWith(".ts") ? "./control/migrations" : "./migrations";
  const control = await openControl({
    url: settings.controlDatabaseUrl,
    migrationsFolder: fileURLToPath(new URL(place, import.meta.url)),
    clock: systemClock,
    log: createLog("warn"),
  });
  try {
    const { user, password } = await control.people.resetPassword(email);
    return print(`New password for ${user.email}: ${password}\nAll sessions of this person have ended.\n`);
  } finally {
    await control.close();
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
