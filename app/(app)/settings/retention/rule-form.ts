import type { BackupType } from "@/server/nestegg";
import type { RetentionPolicy, RetentionRule } from "@/server/nestegg-operate";

export const COUNTS = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Count = (typeof COUNTS)[number];
export type Keep = RetentionRule["keep"];

/** A rule as it is typed: every field keeps its text, also of the forms that are not chosen. */
export type RuleForm = { keep: Keep; days: string } & Record<Count, string>;

export interface PolicyForm {
  all: RuleForm;
  /** Null: as all others. */
  types: Record<BackupType, RuleForm | null>;
  timeZone: string;
}

/** What a reader starts from who has never thought in generations: fine for two days, then coarser, a year back. */
const START: RuleForm = {
  keep: "generations",
  days: "30",
  last: "1",
  hourly: "48",
  daily: "30",
  weekly: "8",
  monthly: "12",
  yearly: "0",
};
export const TYPES: BackupType[] = ["manual", "scheduled", "shutdown", "safety", "upload"];
const MAX_DAYS = 36_500;
const MAX_KEPT = 10_000;

export function ruleFormOf(rule: RetentionRule): RuleForm {
  if (rule.keep === "days") return { ...START, keep: "days", days: String(rule.days) };
  if (rule.keep === "forever") return { ...START, keep: "forever" };
  return { ...START, ...Object.fromEntries(COUNTS.map((count) => [count, String(rule[count])])), keep: "generations" };
}

export function policyFormOf(policy: RetentionPolicy): PolicyForm {
  const own = (type: BackupType) => {
    const rule = policy.types[type];
    return rule ? ruleFormOf(rule) : null;
  };
  return {
    all: ruleFormOf(policy.all),
    types: {
      manual: own("manual"),
      scheduled: own("scheduled"),
      shutdown: own("shutdown"),
      safety: own("safety"),
      upload: own("upload"),
    },
    timeZone: policy.timeZone,
  };
}

/** What is wrong with a field that counts; null: nothing. */
export function faultOf(form: RuleForm, field: Count | "days"): string | null {
  const text = form[field].trim();
  const [min, max] = field === "days" ? [1, MAX_DAYS] : [0, MAX_KEPT];
  if (!/^\d+$/.test(text) || Number(text) < min || Number(text) > max)
    return `Use a whole number from ${min} to ${max.toLocaleString("en-GB")}.`;
  return null;
}

function ruleOf(form: RuleForm): RetentionRule | null {
  if (form.keep === "forever") return { keep: "forever" };
  if (form.keep === "days") return faultOf(form, "days") ? null : { keep: "days", days: Number(form.days) };
  if (COUNTS.some((count) => faultOf(form, count))) return null;
  return {
    keep: "generations",
    last: Number(form.last),
    hourly: Number(form.hourly),
    daily: Number(form.daily),
    weekly: Number(form.weekly),
    monthly: Number(form.monthly),
    yearly: Number(form.yearly),
  };
}

/** Null while a field holds no number. */
export function policyOf(form: PolicyForm): RetentionPolicy | null {
  const all = ruleOf(form.all);
  const timeZone = form.timeZone.trim();
  if (!all || timeZone === "") return null;
  const types: RetentionPolicy["types"] = {};
  for (const type of TYPES) {
    const own = form.types[type];
    if (!own) continue;
    const rule = ruleOf(own);
    if (!rule) return null;
    types[type] = rule;
  }
  return { all, types, timeZone };
}

/** The same order of fields whatever the order in which they were stored. A form with a fault is the same as nothing. */
export function samePolicyForm(form: PolicyForm, policy: RetentionPolicy): boolean {
  const typed = policyOf(form);
  return typed !== null && JSON.stringify(typed) === JSON.stringify(policyOf(policyFormOf(policy)));
}
