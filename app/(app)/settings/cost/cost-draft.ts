import type { CostSettings } from "@/server/nestegg-operate";

type Amount = Exclude<keyof CostSettings["prices"], "date" | "currency">;

/** What stands in the fields, as typed. */
export type CostDraft = Record<Amount | "date" | "budget", string>;

const AMOUNTS: Amount[] = ["perGbMonth", "perMillionClassA", "perMillionClassB", "freeGb", "freeClassA", "freeClassB"];

export function draftOf({ prices, budget }: CostSettings): CostDraft {
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, String(prices[name])])) as Record<Amount, string>;
  return { ...amounts, date: prices.date, budget: budget === null ? "" : String(budget) };
}

export function sameDraft(draft: CostDraft, kept: CostSettings): boolean {
  const shown = draftOf(kept);
  return [...AMOUNTS, "date" as const, "budget" as const].every((name) => draft[name] === shown[name]);
}

export function faultsOf(draft: CostDraft): Partial<Record<keyof CostDraft, string>> {
  const faults: Partial<Record<keyof CostDraft, string>> = {};
  for (const name of AMOUNTS) if (!isAmount(draft[name])) faults[name] = "Use a number of 0 or more.";
  if (draft.budget.trim() !== "" && !isAmount(draft.budget)) faults.budget = "Use a number of 0 or more, or nothing.";
  if (!isDay(draft.date)) faults.date = "Use a day such as 2026-11-24.";
  return faults;
}

/** Only of a draft without faults. */
export function settingsOf(draft: CostDraft): CostSettings {
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, Number(draft[name])])) as Record<Amount, number>;
  const budget = draft.budget.trim() === "" ? null : Number(draft.budget);
  return { prices: { ...amounts, date: draft.date.trim(), currency: "USD" }, budget };
}

function isAmount(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text)) && Number(text) >= 0;
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text.trim()) ? new Date(`${text.trim()}T00:00:00Z`) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text.trim());
}
