import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import nextEnv from "@next/env";
import { z } from "zod";
import { cronFault, isTimeZone } from "./cron-line";
import { AppError } from "./errors";
import { SCHEDULE_PRESETS, type ScheduleSettings } from "./nestegg-operate";
import { type OidcSettings, oidcFaults, oidcFields, oidcSettings } from "./oidc-settings";
import type { StoreSettings } from "./storage/object-store";
import { webAddress } from "./web-address";

/** All that the environment may set. Read once at start, by server and command line alike. */
export interface Settings {
  port: number;
  host: string;
  publicUrl: string;
  trustProxy: boolean;
  dataDir: string;
  databasePath: string;
  /** Base name of the file without `.duckdb`: the `<db>` of every backup id. */
  databaseName: string;
  databaseStorageVersion: string;
  walLimitBytes: number;
  controlDatabaseUrl: string;
  authSecret: string | null;
  adminEmail: string | null;
  adminPassword: string | null;
  adminApiToken: string | null;
  shutdownBudgetMs: number;
  sqlTimeoutMs: number;
  sqlTimeoutSeconds: number;
  sqlRowLimit: number;
  /** SQL statements that may run at once; the engine's calls block a thread of libuv's pool each. */
  concurrentStatements: number;
  restoreOnStart: "off" | "if-missing";
  verifyAfterBackup: "auto";
  backupEnabled: boolean;
  retentionDays: number;
  /** What holds until an admin saves another in the dashboard. */
  schedule: ScheduleSettings;
  /** Key prefix of every object of ours: no leading slash, a trailing one; empty for the bucket's root. */
  backupPrefix: string;
  storage: StoreSettings;
  accountId: string | null;
  oidc: OidcSettings | null;
  logLevel: string;
  /** What this server is, such as "production": written into the mark of its backup path, and compared with it. */
  environment: string | null;
}

const MEBIBYTE = 1024 * 1024;
const BYTES_PER_MEGABIT = 1_000_000 / 8;
/** HS256 wants a key no shorter than its digest; the contract says 32 characters. */
const ADMIN_TOKEN_MIN_CHARACTERS = 32;

/** COMMIT, the snapshot and files need threads while slow statements hold the rest. */
const THREADS_KEPT_FREE = 4;
const MIN_STATEMENTS = 2;

/** The first users of Nestegg accept a loss of six to eight hours. */
const DEFAULT_SCHEDULE = "every-6-hours";
/** Without any setting. At three in the night most databases are quiet. */
export const BUILT_IN_SCHEDULE: ScheduleSettings = {
  enabled: true,
  preset: DEFAULT_SCHEDULE,
  cron: "0 3 * * *",
  time: "03:00",
  weekday: 0,
  timeZone: "UTC",
  jitterMinutes: 0,
  onlyIfChanged: false,
};

const DATABASE_NAME = /^[A-Za-z0-9._-]{1,100}$/;

const switchSetting = (fallback: boolean) =>
  z
    .enum(["true", "false", "1", "0", "on", "off", "yes", "no"], { error: "use true or false" })
    .transform((word) => ["true", "1", "on", "yes"].includes(word))
    .default(fallback);
const wholeNumber = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: "use a whole number" })
    .int("use a whole number")
    .min(min, `use a number from ${min} to ${max}`)
    .max(max, `use a number from ${min} to ${max}`)
    .default(fallback);

const schema = z.object({
  PORT: wholeNumber(3000, 0, 65535),
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_URL: webAddress.optional(),
  TRUST_PROXY: switchSetting(false),
  DATA_DIR: z.string().default("./data"),
  DATABASE_PATH: z.string().optional(),
  DATABASE_STORAGE_VERSION: z
    .string()
    .regex(/^v\d+\.\d+\.\d+$/, "use a version such as v1.5.0")
    .default("v1.5.0"),
  DATABASE_WAL_LIMIT_MB: wholeNumber(16, 1, 4096),
  CONTROL_DATABASE_URL: z.string().optional(),
  AUTH_SECRET: z.string().min(32, "use at least 32 characters").optional(),
  ADMIN_EMAIL: z.email("use an email address").optional(),
  ADMIN_PASSWORD: z.string().min(10, "use at least 10 characters").optional(),
  ADMIN_API_TOKEN: z
    .string()
    .min(ADMIN_TOKEN_MIN_CHARACTERS, `use at least ${ADMIN_TOKEN_MIN_CHARACTERS} characters`)
    .optional(),
  SHUTDOWN_BUDGET_SECONDS: wholeNumber(25, 1, 3600),
  SQL_TIMEOUT_SECONDS: wholeNumber(60, 1, 86400),
  SQL_ROW_LIMIT: wholeNumber(10_000, 1, 1_000_000),
  RESTORE_ON_START: z.enum(["off", "if-missing"], { error: "use off or if-missing" }).default("off"),
  VERIFY_AFTER_BACKUP: z.enum(["auto"], { error: "use auto" }).default("auto"),
  BACKUP_ENABLED: switchSetting(true),
  BACKUP_RETENTION_DAYS: wholeNumber(30, 1, 36_500),
  BACKUP_SKIP_UNCHANGED: switchSetting(false),
  BACKUP_SCHEDULE: z
    .string()
    .default(DEFAULT_SCHEDULE)
    .transform((word) => word.trim())
    .superRefine((word, context) => {
      const fault = isScheduleWord(word) ? null : cronFault(word, new Date());
      if (fault) context.addIssue(`use hourly, every-6-hours, daily, weekly, off or a cron line; ${fault}`);
    }),
  BACKUP_TIME_ZONE: z.string().refine(isTimeZone, "use an IANA name such as Europe/Berlin or UTC").default("UTC"),
  UPLOAD_LIMIT_MBIT: wholeNumber(0, 0, 1_000_000),
  R2_ACCOUNT_ID: z
    .string()
    .regex(/^[0-9a-z]+$/i, "use the id from the Cloudflare dashboard, letters and digits")
    .optional(),
  R2_ACCESS_KEY_ID: z.string().optional(),
  R2_SECRET_ACCESS_KEY: z.string().optional(),
  R2_BUCKET_NAME: z.string().optional(),
  R2_ENDPOINT: webAddress.optional(),
  R2_REGION: z.string().default("auto"),
  R2_BACKUP_PATH: z.string().default("/backups/"),
  ...oidcFields,
  UV_THREADPOOL_SIZE: wholeNumber(4, 1, 1024),
  NESTEGG_ENVIRONMENT: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,40}$/, "use a word such as production, of letters, digits, dot, dash and underscore")
    .optional(),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"], { error: "use debug, info, warn or error" })
    .default("info"),
});

type Parsed = z.infer<typeof schema>;

/** Throws one `setting_invalid` that names every fault. Empty values count as unset. Values are never repeated: they may be secrets. */
export function parseSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  const faults = result.success ? [] : result.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  faults.push(...storageFaults(given), ...adminFaults(given), ...databaseFaults(given), ...oidcFaults(given));
  if (!result.success || faults.length > 0) {
    throw new AppError("setting_invalid", `Nestegg did not start, nothing was touched. ${faults.join("; ")}.`, {
      hint: "Correct these in the environment or in .env and start again; .env.example explains each one.",
    });
  }
  return toSettings(result.data);
}

function storageFaults(given: Record<string, string | undefined>): string[] {
  const needed = ["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY", "R2_BUCKET_NAME"];
  const place = ["R2_ACCOUNT_ID", "R2_ENDPOINT"];
  const set = [...needed, ...place].filter((name) => given[name]);
  if (set.length === 0) return [];
  const missing = needed.filter((name) => !given[name]);
  if (!place.some((name) => given[name])) missing.push("R2_ACCOUNT_ID (or R2_ENDPOINT)");
  return missing.map(
    (name) =>
      `${name} is missing while ${set.join(", ")} is set: with a part of R2's settings Nestegg does not fall back to local storage`,
  );
}

/** The file's name is the beginning of every backup's id, which stands in keys, addresses and headers. */
function databaseFaults(given: Record<string, string | undefined>): string[] {
  if (!given.DATABASE_PATH || DATABASE_NAME.test(basename(given.DATABASE_PATH))) return [];
  return ["DATABASE_PATH: name the file with letters, digits, dot, dash and underscore only, 100 at most"];
}

function adminFaults(given: Record<string, string | undefined>): string[] {
  if (given.ADMIN_EMAIL && !given.ADMIN_PASSWORD) return ["ADMIN_PASSWORD is missing while ADMIN_EMAIL is set"];
  if (given.ADMIN_PASSWORD && !given.ADMIN_EMAIL) return ["ADMIN_EMAIL is missing while ADMIN_PASSWORD is set"];
  return [];
}

function toSettings(env: Parsed): Settings {
  const dataDir = resolve(env.DATA_DIR);
  const databasePath = resolve(env.DATABASE_PATH ?? join(dataDir, "hesocial.duckdb"));
  return {
    port: env.PORT,
    host: env.HOST,
    publicUrl: (env.PUBLIC_URL ?? `http://${env.HOST.includes(":") ? `[${env.HOST}]` : env.HOST}:${env.PORT}`).replace(
      /\/+$/,
      "",
    ),
    trustProxy: env.TRUST_PROXY,
    dataDir,
    databasePath,
    databaseName: basename(databasePath).replace(/\.duckdb$/, ""),
    databaseStorageVersion: env.DATABASE_STORAGE_VERSION,
    walLimitBytes: env.DATABASE_WAL_LIMIT_MB * MEBIBYTE,
    controlDatabaseUrl: env.CONTROL_DATABASE_URL ?? pathToFileURL(join(dataDir, "control.db")).href,
    authSecret: env.AUTH_SECRET ?? null,
    adminEmail: env.ADMIN_EMAIL ?? null,
    adminPassword: env.ADMIN_PASSWORD ?? null,
    adminApiToken: env.ADMIN_API_TOKEN ?? null,
    shutdownBudgetMs: env.SHUTDOWN_BUDGET_SECONDS * 1000,
    sqlTimeoutMs: env.SQL_TIMEOUT_SECONDS * 1000,
    sqlTimeoutSeconds: env.SQL_TIMEOUT_SECONDS,
    sqlRowLimit: env.SQL_ROW_LIMIT,
    concurrentStatements: Math.max(MIN_STATEMENTS, env.UV_THREADPOOL_SIZE - THREADS_KEPT_FREE),
    restoreOnStart: env.RESTORE_ON_START,
    verifyAfterBackup: env.VERIFY_AFTER_BACKUP,
    backupEnabled: env.BACKUP_ENABLED,
    retentionDays: env.BACKUP_RETENTION_DAYS,
    schedule: scheduleSettings(env),
    backupPrefix: normalisePrefix(env.R2_BACKUP_PATH),
    storage: storageSettings(env, dataDir),
    accountId: env.R2_ACCOUNT_ID ?? null,
    oidc: oidcSettings(env),
    logLevel: env.LOG_LEVEL,
    environment: env.NESTEGG_ENVIRONMENT ?? null,
  };
}

function isScheduleWord(word: string): boolean {
  return word === "off" || (word !== "cron" && SCHEDULE_PRESETS.some((preset) => preset === word));
}

function scheduleSettings(env: Parsed): ScheduleSettings {
  const word = env.BACKUP_SCHEDULE;
  const preset = SCHEDULE_PRESETS.find((name) => name === word) ?? (word === "off" ? DEFAULT_SCHEDULE : "cron");
  return {
    ...BUILT_IN_SCHEDULE,
    enabled: word !== "off",
    preset,
    cron: preset === "cron" ? word : BUILT_IN_SCHEDULE.cron,
    timeZone: env.BACKUP_TIME_ZONE,
    onlyIfChanged: env.BACKUP_SKIP_UNCHANGED,
  };
}

/** "/backups/", "backups" and "//backups" all mean "backups/"; "/" means the bucket's root. */
function normalisePrefix(path: string): string {
  const inner = path.replace(/^\/+/, "").replace(/\/+$/, "");
  return inner === "" ? "" : `${inner}/`;
}

function storageSettings(env: Parsed, dataDir: string): StoreSettings {
  if (!env.R2_BUCKET_NAME || !env.R2_ACCESS_KEY_ID || !env.R2_SECRET_ACCESS_KEY) {
    return { kind: "local", folder: join(dataDir, "bucket") };
  }
  return {
    kind: "r2",
    endpoint: (env.R2_ENDPOINT ?? `https://${env.R2_ACCOUNT_ID}.r2.cloudflarestorage.com`).replace(/\/+$/, ""),
    region: env.R2_REGION,
    bucket: env.R2_BUCKET_NAME,
    accessKeyId: env.R2_ACCESS_KEY_ID,
    secretAccessKey: env.R2_SECRET_ACCESS_KEY,
    uploadBytesPerSecond: env.UPLOAD_LIMIT_MBIT === 0 ? null : env.UPLOAD_LIMIT_MBIT * BYTES_PER_MEGABIT,
  };
}

/** Words of the settings that may stand in no log line. */
export function secretsOf({ storage, oidc, adminPassword, adminApiToken }: Settings): string[] {
  const keys = storage.kind === "r2" ? [storage.accessKeyId, storage.secretAccessKey] : [];
  return [...keys, oidc?.clientSecret, adminPassword, adminApiToken].filter((word) => typeof word === "string");
}

/** What a child process needs to run at all. Secrets travel inside its job, never in its environment. */
const INHERITED_VARIABLES = new Set(
  "PATH HOME TMPDIR TMP TEMP LANG LC_ALL TZ NODE_ENV NODE_EXTRA_CA_CERTS LD_LIBRARY_PATH SystemRoot".split(" "),
);

/** The S3 client is pinned to a version that supports Node 20; its notice about later ones would fill every worker's log. */
const QUIET_SDK = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };

export function workerEnvironment(environment: Record<string, string | undefined> = process.env): NodeJS.ProcessEnv {
  const pairs = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && INHERITED_VARIABLES.has(name),
  );
  return { NODE_ENV: process.env.NODE_ENV, ...Object.fromEntries(pairs), ...QUIET_SDK };
}

/** The environment and the `.env` files of the project's folder, as Next would read them. Throws `setting_invalid`. */
export function readSettings(projectFolder: string, development: boolean): Settings {
  // The pool is fixed before any .env is read: a size from there would be believed and not be true.
  const { UV_THREADPOOL_SIZE } = process.env;
  nextEnv.loadEnvConfig(projectFolder, development, { info: () => undefined, error: console.error });
  return parseSettings({ ...process.env, UV_THREADPOOL_SIZE });
}

/** next-auth 4 takes these two from the environment only; set before Next loads. */
export function exportToNextAuth(publicUrl: string, authSecret: string): void {
  process.env.NEXTAUTH_URL = publicUrl;
  process.env.NEXTAUTH_SECRET = authSecret;
}
