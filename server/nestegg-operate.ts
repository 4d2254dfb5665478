import type { Caller, Role } from "./control/types";
import type { BackupType, UserView } from "./nestegg";

/** What an admin sets once and what then happens by itself. Every time is ISO 8601 UTC. */
export interface OperateVerbs {
  retention: RetentionVerbs;
  bucketRules: BucketRuleVerbs;
  doctor: DoctorVerbs;
  drills: DrillVerbs;
  alerts: AlertVerbs;
  cost: CostVerbs;
  metrics: MetricsVerbs;
  schedule: ScheduleVerbs;
}

/** A value and where it comes from: the environment is the default until somebody saves another in the dashboard. */
export type SettingSource = "default" | "environment" | "dashboard";

// Schedule

export const SCHEDULE_PRESETS = ["hourly", "every-6-hours", "daily", "weekly", "cron"] as const;
export type SchedulePreset = (typeof SCHEDULE_PRESETS)[number];

export interface ScheduleSettings {
  enabled: boolean;
  preset: SchedulePreset;
  /** Five fields; used by the preset "cron" only, and kept for it. */
  cron: string;
  /** "HH:MM" on the wall clock of `timeZone`, for daily and weekly. */
  time: string;
  /** 0 is Sunday, for weekly. */
  weekday: number;
  /** IANA name; daily, weekly and cron follow its wall clock. */
  timeZone: string;
  /** Up to so many minutes later, anew for each run, so that many servers do not meet at the full hour. */
  jitterMinutes: number;
  /** A run stores nothing while nothing has changed and the newest backup is younger than 30 days. */
  onlyIfChanged: boolean;
}

export interface SchedulePause {
  reason: string;
  until: string;
  by: string;
  since: string;
}

export interface ScheduleView {
  settings: ScheduleSettings;
  source: SettingSource;
  /** Null: automatic backups are not paused. */
  pause: SchedulePause | null;
  /** False while BACKUP_ENABLED is: then nothing runs by itself whatever stands here. */
  backupEnabled: boolean;
  /** The next five slots, without jitter; empty while off. While paused, those after the pause. */
  next: string[];
  /** When the next run begins, jitter included; null while off or paused. */
  nextRunAt: string | null;
  lastRun: { at: string; state: string; operationId: string | null } | null;
  /** Since when a run should have made a good backup and none did; null: in time. */
  overdueSince: string | null;
  /** Longest pause between two slots of the next weeks, in seconds: how much a lost disk may cost. */
  intervalSeconds: number | null;
}

export interface ScheduleVerbs {
  get(): Promise<ScheduleView>;
  /** What `get` would say with these; throws `invalid_input` with the reason (a cron line, a time zone). */
  preview(settings: ScheduleSettings): Promise<ScheduleView>;
  save(caller: Caller, settings: ScheduleSettings): Promise<ScheduleView>;
  /** At most 30 days. */
  pause(caller: Caller, input: { reason: string; until: string }): Promise<ScheduleView>;
  resume(caller: Caller): Promise<ScheduleView>;
}

// Retention

export type RetentionRule =
  | { keep: "forever" }
  | { keep: "days"; days: number }
  | {
      keep: "generations";
      /** The newest so many, whatever their age. */
      last: number;
      hourly: number;
      daily: number;
      weekly: number;
      monthly: number;
      yearly: number;
    };

export interface RetentionPolicy {
  /** For every type that has no rule of its own. */
  all: RetentionRule;
  types: Partial<Record<BackupType, RetentionRule>>;
  /** IANA name: whose days, weeks and months the generations count. */
  timeZone: string;
}

export interface RetentionRow {
  id: string;
  type: BackupType;
  timestamp: string;
  bytes: number;
  stays: boolean;
  /** One short line: why it stays ("daily of 18 Nov", "newest good"), or why it goes ("older than 30 days"). */
  why: string;
  /** When it would go if nothing changed; null: never, or not to be told. */
  goesAt: string | null;
}

export interface RetentionPreview {
  rows: RetentionRow[];
  keeps: number;
  deletes: number;
  deletesBytes: number;
  /** More than half of the good ones would go: an admin has to confirm. */
  needsConfirmation: boolean;
  /** Why nothing is deleted at all at present (another owner, newest backup suspiciously small, storage away); null: nothing is in the way. */
  blocked: { code: string; text: string; hint: string } | null;
  /** The newest backup that `blocked` finds suspicious: what an admin may accept; null: nothing is to be accepted. */
  acceptNewest: string | null;
  /** Of the ids that would go. */
  digest: string;
}

/** What an admin has seen in a preview and wants. */
export interface ConfirmedDeletes {
  deletes: number;
  digest: string;
  /** Lets a deletion go on in spite of this newest backup's smallness, and of no other's. */
  acceptNewest: string | null;
}

export interface RetentionView {
  policy: RetentionPolicy;
  source: SettingSource;
  preview: RetentionPreview;
  /** The last run of the retention in Activity. */
  lastRun: { at: string; summary: string; operationId: string } | null;
  nextRunAt: string | null;
}

export interface RetentionVerbs {
  get(): Promise<RetentionView>;
  preview(policy: RetentionPolicy): Promise<RetentionPreview>;
  /** `confirmed` must be what the preview says: `conflict` when it changed meanwhile. */
  save(caller: Caller, input: { policy: RetentionPolicy; confirmed: ConfirmedDeletes }): Promise<RetentionView>;
  /** Now instead of tonight. `dryRun` records what would go and deletes nothing; `confirmed` as above, needed when over half. */
  run(caller: Caller, input: { dryRun: boolean; confirmed?: ConfirmedDeletes }): Promise<{ operationId: string }>;
}

// Rules of the bucket

export interface BucketRulesView {
  /** Null for a folder, which has none. */
  supported: boolean;
  readAt: string | null;
  rules: {
    id: string;
    ours: boolean;
    prefix: string;
    expireDays: number | null;
    abortDays: number | null;
    enabled: boolean;
  }[];
  missing: { what: "expire" | "abort"; text: string }[];
  /** Rules of others that take backups sooner than ours would. */
  warnings: string[];
  /** Why they could not be read or written, and what to do. */
  problem: { code: string; text: string; hint: string } | null;
  /** To paste into another tool. */
  asJson: string;
}

export interface BucketRuleVerbs {
  get(): Promise<BucketRulesView>;
  /** Adds ours, keeps foreign ones. Throws `storage_forbidden` when the key may not. */
  write(caller: Caller): Promise<BucketRulesView>;
}

// Doctor

export interface DoctorRow {
  code: string;
  group: "storage" | "path" | "backups" | "database" | "machine";
  state: "ok" | "warning" | "fault" | "skipped";
  title: string;
  /** What was tried, and what came back and means. */
  text: string;
  /** What to do; null where nothing is to be done. */
  hint: string | null;
}

export interface DoctorReport {
  at: string;
  durationMs: number;
  rows: DoctorRow[];
}

export interface DoctorVerbs {
  run(caller: Caller): Promise<DoctorReport>;
  last(): Promise<DoctorReport | null>;
}

// Restore drills

export interface DrillSettings {
  enabled: boolean;
  everyDays: number;
}

export interface DrillResult {
  operationId: string;
  at: string;
  backupId: string;
  state: "ok" | "failed";
  /** From the first request to the last row read: what a restore would take at least. */
  durationMs: number;
  bytes: number;
  rows: number;
  error: string | null;
}

export interface DrillView {
  settings: DrillSettings;
  source: SettingSource;
  nextAt: string | null;
  /** Newest first, at most 20. */
  results: DrillResult[];
}

export interface DrillVerbs {
  get(): Promise<DrillView>;
  save(caller: Caller, settings: DrillSettings): Promise<DrillView>;
  /** The newest good backup and a random older one; or the one that is named. */
  run(caller: Caller, input: { id?: string }): Promise<{ operationId: string }>;
}

// Alerts

export const ALERT_EVENTS = [
  "backup-failed",
  "backup-overdue",
  "verification-failed",
  "drill-failed",
  "storage-unreachable",
  "shutdown-missed",
  "restore-done",
  "retention-blocked",
  "sign-in-throttled",
  "budget-exceeded",
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** What happened, told once by the place that noticed; the alerts decide who hears of it and how often. */
export interface AlertNotice {
  event: AlertEvent;
  /** Notices of one key are one matter: told once, reminded, and ended by `recovered`. */
  key: string;
  /** `happened` stands alone (a restore); `trouble` lasts until `recovered`. */
  kind: "happened" | "trouble" | "recovered";
  title: string;
  text: string;
  hint: string | null;
  backupId?: string;
  operationId?: string;
}

export type AlertChannelSettings =
  | { kind: "webhook"; url: string; secret: string }
  | { kind: "slack"; url: string }
  | { kind: "discord"; url: string }
  | {
      kind: "email";
      host: string;
      port: number;
      security: "none" | "starttls" | "tls";
      user: string;
      password: string;
      from: string;
      to: string[];
    }
  | { kind: "ping"; url: string };

export interface AlertChannelInput {
  name: string;
  enabled: boolean;
  events: AlertEvent[];
  settings: AlertChannelSettings;
}

/** Secrets are write-only: of each only its last characters come back. */
export interface AlertChannelView {
  id: string;
  name: string;
  enabled: boolean;
  events: AlertEvent[];
  kind: AlertChannelSettings["kind"];
  /** "https://hooks.slack.com/…/x7Kq", "ops@example.com by smtp.example.com:587". */
  target: string;
  /** Without secrets; what an edit form starts with. */
  publicSettings: Record<string, string | number | string[]>;
  createdAt: string;
  lastDelivery: AlertDelivery | null;
  /** Deliveries have failed since then; null: it works, or was never used. */
  deadSince: string | null;
}

/** What a channel is told: a notice, in its turn. Texts are cut to a bounded length. */
export interface AlertMessage {
  event: AlertEvent | "backup-succeeded" | "test";
  /** `success` is the sign of life of a ping channel: a backup was stored and nothing is wrong. */
  kind: AlertNotice["kind"] | "reminder" | "success" | "test";
  key: string;
  title: string;
  text: string;
  hint: string | null;
  /** When the trouble began; null for what stands alone. */
  since: string | null;
  at: string;
  backupId: string | null;
  operationId: string | null;
}

export interface AlertDelivery {
  id: string;
  channelId: string;
  event: AlertMessage["event"];
  kind: AlertMessage["kind"];
  title: string;
  state: "waiting" | "sent" | "failed";
  attempts: number;
  createdAt: string;
  finishedAt: string | null;
  /** "Slack answered 200 in 310 ms". */
  answer: string | null;
  nextTryAt: string | null;
}

/** How the alerts themselves are: for the Overview. Channels that are switched off do not count. */
export interface AlertHealth {
  channels: number;
  dead: { name: string; since: string; answer: string | null }[];
  /** Not dead, but nothing was sent to it yet, or the last message did not arrive (`answer`). */
  unproven: { name: string; answer: string | null }[];
}

export interface AlertVerbs {
  channels(): Promise<AlertChannelView[]>;
  add(caller: Caller, input: AlertChannelInput): Promise<AlertChannelView>;
  /** An empty secret, password or url leaves the stored one as it is. */
  change(caller: Caller, input: AlertChannelInput & { id: string }): Promise<AlertChannelView>;
  remove(caller: Caller, input: { id: string }): Promise<void>;
  /** Sends now and waits for the answer; never throws for what the other side says. */
  test(caller: Caller, input: { id: string }): Promise<{ request: string; answer: string; ok: boolean }>;
  deliveries(input: { limit: number; channelId?: string }): Promise<AlertDelivery[]>;
  /** Told by the places that notice; never rejects and never waits for a delivery. */
  tell(notice: AlertNotice): Promise<void>;
}

// Cost

export interface PriceTable {
  /** The day on which these were looked up: "2026-11-24". */
  date: string;
  currency: "USD";
  perGbMonth: number;
  perMillionClassA: number;
  perMillionClassB: number;
  freeGb: number;
  freeClassA: number;
  freeClassB: number;
}

export interface CostSettings {
  prices: PriceTable;
  /** Dollars a month; null: no warning. */
  budget: number | null;
}

export interface CostView {
  settings: CostSettings;
  source: SettingSource;
  /** False for a folder and for stores that are not R2: the sums are shown as what R2 would ask. */
  isR2: boolean;
  /** False for a folder: nobody is warned of a budget there. */
  billed: boolean;
  month: {
    /** "2026-11", in UTC. */
    name: string;
    /** Counting began then: at the month's beginning, or with the server's first start. */
    since: string;
    storedGbMonths: number;
    classA: number;
    classB: number;
    storageDollars: number;
    requestDollars: number;
    totalDollars: number;
  };
  /** The whole month at the rate so far. */
  forecast: { totalDollars: number; storedGb: number; overBudget: boolean };
  /** Newest months first, at most 12. */
  history: { name: string; totalDollars: number; classA: number; classB: number; storedGbMonths: number }[];
  /** One more like the last ones: its requests and a month of keeping it, without the free allowance. */
  perBackupDollars: number | null;
}

export interface MetricsVerbs {
  /** For Prometheus, from memory and the control database: no request to the bucket, no query of the database. */
  scrape(): Promise<{ contentType: string; text: string }>;
}

export interface CostVerbs {
  get(): Promise<CostView>;
  save(caller: Caller, settings: CostSettings): Promise<CostView>;
}

// People

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  createdAt: string;
  createdBy: string;
  expiresAt: string;
}

export interface PeopleAdmin {
  list(): Promise<{ people: (UserView & { lastAdmin: boolean })[]; invitations: Invitation[] }>;
  /** `link` is shown this once; it works once, for 7 days. */
  invite(caller: Caller, input: { email: string; role: Role }): Promise<{ invitation: Invitation; link: string }>;
  withdraw(caller: Caller, input: { id: string }): Promise<void>;
  /** For the page behind the link; null when it is used up, withdrawn or over. */
  invitation(input: { code: string }): Promise<{ email: string; role: Role; expiresAt: string } | null>;
  accept(input: { code: string; password: string; name: string; address: string | null }): Promise<UserView>;
  setRole(caller: Caller, input: { id: string; role: Role }): Promise<UserView>;
  /** Ends every session of that person at once. */
  setDisabled(caller: Caller, input: { id: string; disabled: boolean }): Promise<UserView>;
  /** One's own; ends every session. The answer's version makes a new one for whoever asked. */
  changePassword(caller: Caller, input: { current: string; next: string }): Promise<{ sessionVersion: number }>;
}
