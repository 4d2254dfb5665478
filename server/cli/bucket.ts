import { join } from "node:path";
import { Catalog } from "../backups/catalog";
import type { BackupContext } from "../backups/context";
import { ManifestEditor } from "../backups/manifest-editor";
import { R2_PRICES } from "../backups/prices";
import type { Operations } from "../control/types";
import { engineVersion } from "../database/engine-version";
import { keptFilesOf } from "../database/kept-files";
import { realDatabasePath } from "../database/real-path";
import { openStore } from "../storage/open-store";
import { runJob } from "../worker/run-job";
import type { Cli } from "./cli";

/** The verbs' context without a server and without a control database: nobody listens, and there is no book to write in. */
export type Bucket = Pick<
  BackupContext,
  | "databaseName"
  | "databasePath"
  | "prefix"
  | "scratchFolder"
  | "clock"
  | "log"
  | "store"
  | "storeSettings"
  | "catalog"
  | "manifests"
  | "kept"
  | "runJob"
  | "audit"
  | "engineVersion"
  | "prices"
> & { operations: Pick<Operations, "announce" | "active"> };

export async function openBucket({ settings, clock, log }: Pick<Cli, "settings" | "clock" | "log">): Promise<Bucket> {
  const { databaseName, backupPrefix: prefix } = settings;
  const databasePath = await realDatabasePath(settings.databasePath);
  const store = await openStore(settings.storage, { clock });
  const catalog = new Catalog({ store, prefix, databaseName, clock, log });
  return {
    databaseName,
    databasePath,
    prefix,
    scratchFolder: join(settings.dataDir, "scratch"),
    clock,
    log,
    store,
    storeSettings: settings.storage,
    catalog,
    manifests: new ManifestEditor(store, catalog, clock),
    kept: keptFilesOf(databasePath),
    runJob,
    engineVersion: engineVersion(),
    // What an admin has put in lies in the control database.
    prices: () => (store.kind === "r2" ? R2_PRICES : null),
    audit: async () => undefined,
    operations: { announce: () => undefined, active: () => [] },
  };
}
