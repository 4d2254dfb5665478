import type { Log } from "./log";
import type { AppDatabase, Nestegg } from "./nestegg";

/** Next's bundles and the custom server hold separate module instances; only `globalThis` is shared. */
const HANDLE = Symbol.for("nestegg.runtime");
const LOG = Symbol.for("nestegg.log");
const holder = globalThis as { [HANDLE]?: Nestegg; [LOG]?: Log };

export function setNestegg(nestegg: Nestegg): void {
  holder[HANDLE] = nestegg;
}

/** The one with the level of LOG_LEVEL, and with the secrets that may stand in no line. */
export function setServerLog(log: Log): void {
  holder[LOG] = log;
}

/** Null where no server runs: in tests of a door alone. */
export function getServerLog(): Log | null {
  return holder[LOG] ?? null;
}

/** Call it inside a request, never while a module loads: `next build` imports the routes without a runtime. */
export function getNestegg(): Nestegg {
  const nestegg = holder[HANDLE];
  if (!nestegg) throw new Error("Nestegg's runtime is not there: start the app with server/main.ts, not with next.");
  return nestegg;
}

/** For app code that lives in this server: `await getDatabase().run("SELECT …", [value])`. Call it inside a request. */
export function getDatabase(): AppDatabase {
  return getNestegg().database.app();
}
