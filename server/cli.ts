/** The command line: the same settings and verbs as the server, without one. Exit codes: cli/exit-codes.ts. */
import { fileURLToPath } from "node:url";
import packageJson from "../package.json";
import type { Cli, Outcome } from "./cli/cli";
import { EXIT, type ExitCode, exitCodeOf, WrongUse } from "./cli/exit-codes";
import { type Command, parseWords } from "./cli/parse-words";
import { createTerminal } from "./cli/terminal";
import { usage } from "./cli/usage";
import { systemClock } from "./clock";
import { readSettings, type Settings } from "./config";
import { hasCode, isAppError } from "./errors";
import { createLog } from "./log";

/** One Ctrl-C arrives twice under npm: from the terminal and forwarded. A second press that means it comes later. */
const ONE_PRESS_MS = 2_000;

const words = process.argv.slice(2);
const json = words.includes("--json");
const givenUp = new AbortController();

stopOnSignals();
perform().then(finish, (error: unknown) => finish(failure(error)));

async function perform(): Promise<Outcome> {
  const command = parseWords(words);
  const { version } = packageJson;
  if (command.name === "help") return { text: usage(version).trimEnd(), json: { version, usage: usage(version) } };
  if (command.name === "version") return { text: version, json: { version } };
  const settings = await readOrTell(command);
  return "text" in settings ? settings : dispatch(command, wire(settings));
}

async function readOrTell(command: Command): Promise<Settings | Outcome> {
  try {
    return readSettings(fileURLToPath(new URL("..", import.meta.url)), false);
  } catch (error) {
    if (command.name !== "doctor" || !hasCode(error, "setting_invalid")) throw error;
    return (await import("./cli/doctor")).tellBadSettings(error);
  }
}

function wire(settings: Settings): Cli {
  const { stdin, stdout, stderr, env } = process;
  // In the build the migrations lie beside the bundle, from source in their room.
  const migrations = import.meta.url.endsWith(".ts") ? "./control/migrations" : "./migrations";
  return {
    settings,
    clock: systemClock,
    // What a server writes into its log is said here in other words.
    log: createLog(settings.logLevel === "debug" || settings.logLevel === "trace" ? settings.logLevel : "silent"),
    terminal: createTerminal({ stdin, stdout, stderr }, { json }),
    version: packageJson.version,
    migrationsFolder: fileURLToPath(new URL(migrations, import.meta.url)),
    // npm runs scripts in the project's folder and tells here where the person stood.
    folder: env.INIT_CWD ?? process.cwd(),
    token: env.NESTEGG_TOKEN || null,
    signal: givenUp.signal,
  };
}

/** Each command loads only what it needs: help and list do not wait for the engine. */
async function dispatch(command: Exclude<Command, { name: "help" | "version" }>, cli: Cli): Promise<Outcome> {
  switch (command.name) {
    case "list":
      return (await import("./cli/list")).list(cli, command);
    case "show":
      return (await import("./cli/show")).show(cli, command);
    case "get":
      return (await import("./cli/get")).get(cli, command);
    case "restore":
      return (await import("./cli/restore")).restore(cli, command);
    case "records":
      return (await import("./cli/records")).records(cli, command);
    case "bring-records":
      return (await import("./cli/bring-records")).bringRecords(cli, command);
    case "undo":
      return (await import("./cli/undo")).undo(cli, command);
    case "verify":
      return (await import("./cli/verify")).verify(cli, command);
    case "backup":
      return (await import("./cli/backup")).backup(cli, command);
    case "doctor":
      return (await import("./cli/doctor")).doctor(cli);
    case "reset-password":
      return (await import("./cli/reset-password")).resetPassword(cli, command);
  }
}

function finish({ text, json: facts, exitCode = EXIT.done }: Outcome): void {
  if (json) process.stdout.write(`${JSON.stringify({ success: exitCode === EXIT.done, ...facts })}\n`);
  else (exitCode === EXIT.done || "findings" in facts ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = exitCode;
}

function failure(error: unknown): Outcome {
  const exitCode = exitCodeOf(error);
  const { code, message, hint } = described(error, exitCode);
  return {
    text: `nestegg: ${message}${hint ? `\n${hint}` : ""}`,
    json: { error: { code, message, hint }, exitCode },
    exitCode,
  };
}

function described(error: unknown, exitCode: ExitCode): { code: string; message: string; hint: string | null } {
  if (error instanceof WrongUse) return { code: "wrong_use", message: error.message, hint: error.hint };
  if (isAppError(error)) return { code: error.code, message: error.message, hint: error.hint ?? null };
  if (exitCode === EXIT.interrupted) return { code: "cancelled", message: "Given up.", hint: null };
  return { code: "internal", message: String((error as Error).stack ?? error), hint: null };
}

function stopOnSignals(): void {
  let firstAt = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (firstAt > 0 && Date.now() - firstAt > ONE_PRESS_MS) process.exit(EXIT.interrupted);
      firstAt ||= Date.now();
      givenUp.abort();
    });
  }
}
