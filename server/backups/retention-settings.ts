import { z } from "zod";
import type { Clock } from "../clock";
import type { Memory, OperationView } from "../control/types";
import { AppError } from "../errors";
import type { Log } from "../log";
import type { BackupType } from "../nestegg";
import type { RetentionPolicy, RetentionRow, SettingSource } from "../nestegg-operate";
import type { CatalogEntry } from "./catalog";
import { planRetention } from "./plan-retention";

const SETTINGS = "settings:retention";
/** The contract's default of BACKUP_RETENTION_DAYS. */
const DEFAULT_DAYS = 30;
const MAX_DAYS = 36_500;
const MAX_KEPT = 10_000;

const kept = z.number().int().min(0).max(MAX_KEPT);

export const retentionRuleSchema = z.discriminatedUnion("keep", [
  z.object({ keep: z.literal("forever") }),
  z.object({ keep: z.literal("days"), days: z.number().int().min(1).max(MAX_DAYS) }),
  z
    .object({
      keep: z.literal("generations"),
      last: kept,
      hourly: kept,
      daily: kept,
      weekly: kept,
      monthly: kept,
      yearly: kept,
    })
    .refine(({ keep: _keep, ...counts }) => Object.values(counts).some((count) => count > 0), {
      error: "Keep at least one: with every number at 0 only the protected backups would stay.",
    }),
]);

/** A zone that this machine's calendar knows. */
const timeZone = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat("en-GB", { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { error: "No such time zone; use a name such as Europe/Berlin or UTC." },
);

const TYPES = ["shutdown", "manual", "scheduled", "safety", "upload"] as const satisfies BackupType[];

export const retentionPolicySchema = z.object({
  all: retentionRuleSchema,
  types: z.partialRecord(z.enum(TYPES), retentionRuleSchema),
  timeZone,
});

/** Whatever door it came by: rules that a start could not read back would stop every deletion from then on. */
export function requirePolicy(policy: RetentionPolicy): void {
  const { error } = retentionPolicySchema.safeParse(policy);
  if (!error) return;
  const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message.replace(/\.$/, "")}`);
  throw new AppError("invalid_input", `${faults.join("; ")}. The rules stay as they are; nothing is deleted.`, {
    hint: "Correct the named field and send the request again.",
  });
}

/** Null for what is no policy, whoever wrote it. */
function readPolicy(text: string): RetentionPolicy | null {
  try {
    return retentionPolicySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The policy in force, known without waiting, and what it says of each backup. */
export class Retention {
  #policy: RetentionPolicy;
  #source: SettingSource;
  #unreadable = false;

  constructor(
    private readonly memory: Memory,
    private readonly clock: Clock,
    days: number,
  ) {
    this.#policy = { all: { keep: "days", days }, types: {}, timeZone: "UTC" };
    this.#source = days === DEFAULT_DAYS ? "default" : "environment";
  }

  /** Before the first list is shown, so that no row says what no rule says. */
  async load(log: Pick<Log, "error">): Promise<void> {
    const text = await this.memory.get(SETTINGS);
    if (text === null) return;
    const saved = readPolicy(text);
    this.#source = "dashboard";
    this.#unreadable = saved === null;
    // Never the environment's days: an admin may have saved for ever.
    this.#policy = saved ?? { all: { keep: "forever" }, types: {}, timeZone: "UTC" };
    if (!saved) log.error({ saved: text }, "the saved rules of the retention cannot be read; nothing is deleted");
  }

  /** What was saved is no policy: everything stays until an admin saves one. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  get policy(): RetentionPolicy {
    return this.#policy;
  }

  get source(): SettingSource {
    return this.#source;
  }

  async save(policy: RetentionPolicy): Promise<void> {
    await this.memory.set(SETTINGS, JSON.stringify(policy));
    this.#policy = policy;
    this.#source = "dashboard";
    this.#unreadable = false;
  }

  plan(input: {
    entries: readonly CatalogEntry[];
    active: readonly OperationView[];
    policy?: RetentionPolicy;
  }): RetentionRow[] {
    const { entries, active, policy = this.#policy } = input;
    const inUse = new Set(active.flatMap(({ backupId }) => (backupId ? [backupId] : [])));
    return planRetention({ entries, policy, now: this.clock.now(), inUse });
  }
}
