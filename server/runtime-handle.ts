import type { AppDatabase, Nestegg } from "./nestegg";

/** Next's bundles and the custom server hold separate module instances; only `globalThis` is shared. */
const HANDLE = Symbol.for("nestegg.runtime");
const holder = globalThis as { [HANDLE]?: Nestegg };

export function setNestegg(nestegg: Nestegg): void {
  holder[HANDLE] = nestegg;
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
