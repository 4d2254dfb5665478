import { createLocalStore } from "./local-store";
import type { ObjectStore, StoreSettings } from "./object-store";
import type { R2Deps } from "./r2-client";

/**
 * The store that the settings name; the only place that knows both kinds. The S3 client is loaded only where it is needed: it is a
 * third of a second of each worker's start.
 */
export async function openStore(settings: StoreSettings, deps: R2Deps): Promise<ObjectStore> {
  if (settings.kind === "local") return createLocalStore(settings, { clock: deps.clock });
  const { createR2Store } = await import("./r2-store");
  return createR2Store(settings, deps);
}
