import { createLocalStore } from "./local-store";
import type { ObjectStore, StoreSettings } from "./object-store";
import type { R2Deps } from "./r2-client";
import { createR2Store } from "./r2-store";

/** The store that the settings name; the only place that knows both kinds. */
export function openStore(settings: StoreSettings, deps: R2Deps): ObjectStore {
  return settings.kind === "local" ? createLocalStore(settings, { clock: deps.clock }) : createR2Store(settings, deps);
}
