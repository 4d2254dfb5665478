import type { BackupContext } from "../backups/context";
import { createOwnRecords, type OwnRecords } from "../backups/own-records";
import type { Settings } from "../config";
import type { Control } from "../control/open-control";

const DAY_MS = 24 * 3_600_000;

interface Deps {
  settings: Settings;
  control: Control;
  backups: BackupContext;
  authSecret: string;
}

/** What is done for the control database itself: its copy beside the backups, and that it does not grow for ever. */
export function keepRecords({ settings, control, backups, authSecret }: Deps): OwnRecords {
  const { clock, log, catalog, stopping } = backups;
  const secrets = secretsOf(settings, authSecret);
  const own = createOwnRecords({
    ctx: backups,
    read: (historySince) => control.records.read({ historySince, secrets }),
  });
  let prunedAt: number | null = null;

  async function prune(): Promise<void> {
    const now = clock.now().getTime();
    if (prunedAt !== null && now >= prunedAt && now - prunedAt < DAY_MS) return;
    // Before the first listing nothing is known of backups, whose runs must stay.
    if (catalog.readAt === null) return;
    prunedAt = now;
    const listed = new Set(catalog.entries().map(({ id }) => id));
    const pruned = await control.records.prune({ listed, signal: stopping });
    if (pruned.operations + pruned.audit > 0) log.info(pruned, "old rows of the control database were removed");
  }

  return {
    async tick() {
      await own.tick();
      await prune().catch((error: unknown) => log.warn({ err: error }, "old rows could not be removed"));
    },
    atStop: own.atStop,
  };
}

/** Found in no text of the records, however it got there. */
export function secretsOf(settings: Settings, authSecret: string): string[] {
  const { storage, adminPassword, adminApiToken, oidc, controlDatabaseUrl } = settings;
  const keys = storage.kind === "r2" ? [storage.secretAccessKey, storage.accessKeyId] : [];
  const inUrl = /[?&]authToken=([^&]+)/.exec(controlDatabaseUrl)?.[1] ?? null;
  const all = [
    authSecret,
    settings.authSecret,
    adminPassword,
    adminApiToken,
    oidc?.clientSecret ?? null,
    inUrl,
    ...keys,
  ];
  return all.filter((secret): secret is string => secret !== null && secret !== "");
}
