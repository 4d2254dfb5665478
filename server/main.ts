/** The server process: settings, lock on the data folder, port, runtime, signals (product rules 4 and 5). */
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import next from "next";
import packageJson from "../package.json";
import { withRest } from "./api/rest/node-door";
import { loadAuthSecret } from "./auth-secret";
import { systemClock } from "./clock";
import { exportToNextAuth, readSettings, type Settings, secretsOf } from "./config";
import { lockDataFolder } from "./control/data-folder-lock";
import { AppError, isAppError } from "./errors";
import { createFrontDoor, type FrontDoor } from "./http/front-door";
import type { StopResult } from "./lifecycle/stop";
import { createLog, type Log } from "./log";
import { createRuntime, type Runtime } from "./runtime";
import { setNestegg, setServerLog } from "./runtime-handle";

const HTTP_DRAIN_MS = 5_000;
const DRAIN_LOOK_MS = 20;
/** One Ctrl-C arrives twice under npm: from the terminal and forwarded. A second signal that means it comes later. */
const ONE_PRESS_MS = 2_000;

const projectFolder = fileURLToPath(new URL("..", import.meta.url));
const development = process.argv.includes("--dev");

main().catch((error: unknown) => {
  const known = isAppError(error)
    ? `${error.message}${error.hint ? `\n${error.hint}` : ""}`
    : String((error as Error).stack ?? error);
  process.stderr.write(`nestegg: ${known}\n`);
  process.exit(1);
});

async function main(): Promise<void> {
  const settings = readSettings(projectFolder, development);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  await lockDataFolder(settings.dataDir);
  const authSecret = await loadAuthSecret(settings);
  const log = createLog(settings.logLevel, { secrets: [authSecret, ...secretsOf(settings)] });
  setServerLog(log);

  let runtime: Runtime | null = null;
  let pages: ReturnType<ReturnType<typeof next>["getRequestHandler"]> | null = null;
  const door = createFrontDoor({
    health: () => runtime?.health() ?? { status: "starting" },
    trustProxy: settings.trustProxy,
    development,
    clock: systemClock,
    log,
    pages: () => pages,
  });
  const server = await listen(settings, door);
  const url = settings.publicUrl.replace(/:0$/, `:${portOf(server)}`);

  exportToNextAuth(url, authSecret);
  runtime = await createRuntime({
    settings: { ...settings, publicUrl: url },
    clock: systemClock,
    log,
    version: packageJson.version,
    authSecret,
    migrationsFolder: migrationsFolder(),
    mustRestart(reason) {
      log.fatal(`${reason} The process ends now; start it again.`);
      endOutright();
      return new Promise<never>(() => undefined);
    },
  });
  setNestegg(runtime.nestegg);
  const opened = runtime.open();
  const stop = stopOnSignals({ runtime, opened, server, door, settings, log });
  process.stdout.write(startLine(runtime, url));

  // From here on a failure must not cut off an orderly stop: the database may be open.
  servePages().catch((error: unknown) => {
    log.fatal({ err: error }, "the pages could not be started");
    stop("the pages could not be started", true);
  });

  async function servePages(): Promise<void> {
    const app = next({
      dev: development,
      dir: projectFolder,
      hostname: settings.host,
      port: portOf(server),
      httpServer: server,
      quiet: !development,
    });
    await Promise.all([opened, app.prepare()]);
    pages = withRest(app.getRequestHandler());
    const code = await runtime?.setupCode();
    if (code) process.stdout.write(`No admin yet. Open ${url}/setup and enter this code, once: ${code}\n`);
  }
}

/**
 * process.exit waits for every thread, and a statement that ignores its interrupt can hold one for minutes. Everything that can be
 * made safe is safe by now; the supervisor sees a kill.
 */
function endOutright(): void {
  process.kill(process.pid, "SIGKILL");
}

function listen(settings: Settings, door: FrontDoor): Promise<Server> {
  const server = createServer(door.handle);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") {
        const hint = "Check HOST and PORT: the address must be this machine's own, and ports below 1024 need a right.";
        return reject(
          new AppError(
            "conflict",
            `cannot listen on ${settings.host}, port ${settings.port}: ${error.message}. Neither database nor bucket was touched.`,
            { hint, cause: error },
          ),
        );
      }
      const command = `PORT=${settings.port + 1} npm start`;
      reject(
        new AppError(
          "conflict",
          `port ${settings.port} on ${settings.host} is in use. Neither database nor bucket was touched.`,
          { hint: `Try: ${command}` },
        ),
      );
    });
    server.listen(settings.port, settings.host, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function startLine({ nestegg }: Runtime, url: string): string {
  const { facts } = nestegg;
  return `Nestegg ${facts.version}: ${facts.storage.label}, path /${facts.storage.prefix}, database ${facts.databasePath}, ${url}\n`;
}

/** In the build the migrations lie beside the bundle, from source in their room. */
function migrationsFolder(): string {
  const place = import.meta.url.endsWith(".ts") ? "./control/migrations" : "./migrations";
  return fileURLToPath(new URL(place, import.meta.url));
}

interface Running {
  runtime: Runtime;
  opened: Promise<void>;
  server: Server;
  door: FrontDoor;
  settings: Settings;
  log: Log;
}

/** Returns the way to stop for a reason of our own. */
function stopOnSignals(running: Running): (why: string, crashed: boolean) => void {
  const { runtime, log, opened } = running;
  const giveUp = new AbortController();
  let begunAt: number | null = null;
  let crashed = false;
  const stop = (why: string, crash: boolean) => {
    crashed ||= crash;
    if (begunAt !== null) return;
    begunAt = Date.now();
    // Whatever hangs: the process ends, and the next start takes the missing backup.
    setTimeout(() => {
      log.error("the stop did not end within its budget; the next start takes the missing backup");
      endOutright();
    }, runtime.stopLimitMs);
    log.info(`stopping: ${why}`);
    shutDown(running, giveUp.signal).then(
      ({ safe, stuck }) => {
        if (stuck) return endOutright();
        process.exit(safe && !crashed ? 0 : 1);
      },
      (error: unknown) => {
        log.error({ err: error }, "the stop failed");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (begunAt !== null && Date.now() - begunAt > ONE_PRESS_MS) giveUp.abort();
      stop(signal, false);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      stop(event, true);
    });
  }
  opened.catch((error: unknown) => {
    log.fatal({ err: error }, "the start failed");
    stop("the start failed", true);
  });
  return stop;
}

async function shutDown(
  { runtime, opened, server, door, settings, log }: Running,
  giveUp: AbortSignal,
): Promise<StopResult> {
  const startedAt = Date.now();
  runtime.beginStop();
  // A start that failed has been told already; the stop follows all the same.
  await opened.catch(() => undefined);
  while (door.busy() > 0 && Date.now() - startedAt < HTTP_DRAIN_MS && !giveUp.aborted) {
    await systemClock.sleep(DRAIN_LOOK_MS, giveUp);
  }
  const result = await runtime.stop({ giveUp, budgetLeftMs: settings.shutdownBudgetMs - (Date.now() - startedAt) });
  if (result.safe) log.info(result.message);
  else log.error(result.message);
  server.close();
  // Sockets are cut, not ended: a browser that watches the progress then knows that it should come back.
  server.closeAllConnections();
  await runtime.close();
  return result;
}
