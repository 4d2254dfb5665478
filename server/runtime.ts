import { hostname } from "node:os";
import { join } from "node:path";
import { BackupRuns } from "./backups/backup-runs";
import { Catalog } from "./backups/catalog";
import type { BackupContext } from "./backups/context";
import { createDrills } from "./backups/drills/drills";
import { ManifestEditor } from "./backups/manifest-editor";
import { Ownership, ownerKey } from "./backups/owner";
import { createRequestTally } from "./backups/request-tally";
import { RestoreSlot } from "./backups/restore-slot";
import { Retention } from "./backups/retention-settings";
import { stopLimitMs } from "./backups/shutdown";
import { WritingLane } from "./backups/writing-lane";
import type { Clock } from "./clock";
import type { Settings } from "./config";
import { openControl } from "./control/open-control";
import type { Memory } from "./control/types";
import { engineVersion } from "./database/engine-version";
import { keptFilesOf } from "./database/kept-files";
import { realDatabasePath } from "./database/real-path";
import { doChores } from "./lifecycle/chores";
import { openServer } from "./lifecycle/open";
import { openAlerts } from "./lifecycle/open-alerts";
import { openCosts } from "./lifecycle/open-costs";
import { openSchedule } from "./lifecycle/open-schedule";
import { keepRecords } from "./lifecycle/own-records";
import { enter, type Parts, type ServerState } from "./lifecycle/parts";
import { replaceDatabase } from "./lifecycle/replace";
import { requireDatabase } from "./lifecycle/server-health";
import { type StopResult, stopServer } from "./lifecycle/stop";
import { watchJobs } from "./lifecycle/watch-jobs";
import { noticeOfAudit, watchTrouble } from "./lifecycle/watch-trouble";
import { wireNestegg } from "./lifecycle/wire-nestegg";
import type { Log } from "./log";
import type { AuditEntry, Health, Nestegg } from "./nestegg";
import { openStore } from "./storage/open-store";
import { runJob } from "./worker/run-job";

const SERVER_ID = "server-id";
/** Measured: replay of a longer log makes a restart slow, and after DDL the window for broken replay must be short. */
const HOLD_LIMIT = { walBytes: 256 * 1024 * 1024, afterDdlMs: 60_000 };

export interface RuntimeOptions {
  settings: Settings;
  clock: Clock;
  log: Log;
  version: string;
  authSecret: string;
  migrationsFolder: string;
  holdLimit?: BackupContext["holdLimit"];
  /** Ends the process; the next start finishes what a journal says. */
  mustRestart(reason: string): Promise<never>;
}

export interface Runtime {
  readonly nestegg: Nestegg;
  health(): Health;
  /** From "starting" to "ready" or "degraded". Throws only for faults of our own. */
  open(): Promise<void>;
  /** From here on nobody but health gets in, and what runs is cancelled so that the last backup can follow. */
  beginStop(): void;
  /** From a stop's beginning to the moment when it is ended outright, whatever hangs. */
  readonly stopLimitMs: number;
  /** The last backup, then the database is closed. Progress can still be watched until `close`. */
  stop(options: { giveUp: AbortSignal; budgetLeftMs: number }): Promise<StopResult>;
  close(): Promise<void>;
  /** To print at start while there is no admin. */
  setupCode(): Promise<string | null>;
}

/** Wires every part once. Nothing is opened but the control database. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const databasePath = await realDatabasePath(options.settings.databasePath);
  const resolved = { ...options, settings: { ...options.settings, databasePath } };
  const parts = await wire(resolved);
  const nestegg = wireNestegg(parts, resolved);
  return {
    nestegg,
    health: nestegg.health,
    async open() {
      parts.trouble
        .follow()
        .catch((error: unknown) => parts.log.error({ err: error }, "troubles are not noticed any more"));
      await openServer(parts);
      doChores(parts).catch((error: unknown) => parts.log.error({ err: error }, "the chores ended"));
    },
    stopLimitMs: stopLimitMs(resolved.settings.shutdownBudgetMs),
    beginStop() {
      enter(parts.state, "stopping", null);
      parts.stopping.abort();
    },
    async stop(how) {
      const budgetEndsAtMs = parts.clock.now().getTime() + how.budgetLeftMs;
      const result = await stopServer(parts, how);
      await parts.trouble.stopped(result, { giveUp: how.giveUp, budgetEndsAtMs });
      return result;
    },
    async close() {
      // A minute of counts is no reason to fail a stop.
      await parts.costs
        .flush()
        .catch((error: unknown) => parts.log.warn({ err: error }, "the last requests are in no month's costs"));
      await parts.control.close();
    },
    setupCode: () => parts.control.people.setupCode(),
  };
}

async function wire({
  settings,
  clock,
  log,
  version,
  authSecret,
  migrationsFolder,
  holdLimit = HOLD_LIMIT,
  mustRestart,
}: RuntimeOptions): Promise<Parts> {
  let recorded: (entry: AuditEntry) => void = () => undefined;
  const control = await openControl({
    url: settings.controlDatabaseUrl,
    migrationsFolder,
    clock,
    log,
    adminApiToken: settings.adminApiToken,
    publicUrl: settings.publicUrl,
    oidcIssuer: settings.oidc?.issuer ?? null,
    recorded: (entry) => recorded(entry),
  });
  if (settings.adminEmail && settings.adminPassword) {
    await control.people.ensureFirstAdmin({ email: settings.adminEmail, password: settings.adminPassword });
  }
  const stopping = new AbortController();
  const state: ServerState = {
    phase: "starting",
    reason: null,
    database: null,
    fault: null,
    lineage: "",
    unprotectedSinceCrash: null,
    cleanUpWanted: false,
    storageDoubted: false,
  };
  const store = await openStore(settings.storage, { clock });
  const prefix = settings.backupPrefix;
  const serverId = await ownServerId(control.memory, clock);
  const host = hostname();
  const catalog = new Catalog({ store, prefix, databaseName: settings.databaseName, clock, log });
  const retention = new Retention(control.memory, clock, settings.retentionDays);
  await retention.load(log);
  const alerts = await openAlerts({ settings, clock, control, host, version, authSecret });
  const workerRequests = createRequestTally();
  const backups: BackupContext = {
    databaseName: settings.databaseName,
    databasePath: settings.databasePath,
    prefix,
    serverId,
    host,
    appVersion: version,
    engineVersion: engineVersion(),
    startedAt: clock.now(),
    retentionDays: settings.retentionDays,
    retention,
    skipUnchanged: () => parts.schedule.settings.onlyIfChanged,
    prices: () => (store.kind === "r2" ? parts.costs.settings.prices : null),
    backupEnabled: settings.backupEnabled,
    scratchFolder: join(settings.dataDir, "scratch"),
    clock,
    log,
    store,
    storeSettings: settings.storage,
    operations: control.operations,
    memory: control.memory,
    uploads: control.uploads,
    catalog,
    manifests: new ManifestEditor(store, catalog, clock),
    ownership: new Ownership({
      store,
      key: ownerKey(settings),
      serverId,
      host,
      environment: settings.environment,
      clock,
    }),
    writing: new WritingLane(),
    reading: new WritingLane(),
    checking: new WritingLane(),
    runs: new BackupRuns(),
    runJob: watchJobs(runJob, { requests: workerRequests, log }),
    stopping: stopping.signal,
    leftSomethingBehind: () => {
      state.cleanUpWanted = true;
    },
    audit: (entry) => control.audit.record(entry),
    tell: (notice) => {
      alerts.tell(notice).catch((error: unknown) => log.error({ err: error, notice }, "a notice was not told"));
    },
    database: () => requireDatabase(state),
    isOpen: () => state.database !== null,
    fault: () => state.fault,
    kept: keptFilesOf(settings.databasePath),
    restoring: new RestoreSlot(),
    keptInspections: new Map(),
    replaceDatabase: (input) => replaceDatabase(parts, input),
    lineage: () => state.lineage,
    holdLimit,
  };
  const records = keepRecords({ settings, control, backups, authSecret });
  recorded = (entry) => {
    const notice = noticeOfAudit(entry);
    if (notice) backups.tell(notice);
  };
  const drills = createDrills(backups);
  const costs = await openCosts(backups, workerRequests);
  const unwatched = {
    settings,
    clock,
    log,
    control,
    backups,
    state,
    records,
    drills,
    alerts,
    costs,
    workerRequests,
    mustRestart,
    stopping,
  };
  const unscheduled = { ...unwatched, trouble: watchTrouble(unwatched) };
  const parts: Parts = { ...unscheduled, schedule: await openSchedule(unscheduled) };
  return parts;
}

async function ownServerId(memory: Memory, clock: Clock): Promise<string> {
  const known = await memory.get(SERVER_ID);
  if (known) return known;
  const id = clock.randomHex(8);
  await memory.set(SERVER_ID, id);
  return id;
}
