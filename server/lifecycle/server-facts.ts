import type { ServerFacts } from "../nestegg";
import type { Parts } from "./parts";

/** What does not change while the server runs. */
export function factsOf(parts: Parts, version: string, authSecret: string): ServerFacts {
  const { settings, backups } = parts;
  const { storage } = settings;
  return {
    version,
    startedAt: backups.startedAt.toISOString(),
    databaseName: settings.databaseName,
    databasePath: settings.databasePath,
    storage: {
      kind: storage.kind,
      label: backups.store.label,
      bucket: storage.kind === "r2" ? storage.bucket : null,
      endpoint: storage.kind === "r2" ? storage.endpoint : null,
      region: storage.kind === "r2" ? storage.region : null,
      prefix: settings.backupPrefix,
      accountId: settings.accountId,
    },
    publicUrl: settings.publicUrl,
    secureCookies: settings.publicUrl.startsWith("https:"),
    trustProxy: settings.trustProxy,
    authSecret,
    oidc: settings.oidc,
    backupEnabled: settings.backupEnabled,
    retentionDays: settings.retentionDays,
    verifyAfterBackup: settings.verifyAfterBackup,
    engineVersion: backups.engineVersion,
    environmentToken: settings.adminApiToken !== null,
    sqlRowLimit: settings.sqlRowLimit,
    sqlTimeoutSeconds: settings.sqlTimeoutSeconds,
  };
}
