import { AppError } from "../errors";
import type { StatusView } from "../nestegg";
import type { CostVerbs, CostView } from "../nestegg-operate";
import type { StoreSettings } from "../storage/object-store";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { type CostBook, costSettingsSchema } from "./cost-book";
import { gbMonthsOf, type LedgerMonth } from "./cost-ledger";
import { billOf, monthlyDollars, requestDollars } from "./prices";

const HISTORY_MONTHS = 12;
/** Enough for an average that one large first backup does not decide. */
const BACKUPS_IN_AVERAGE = 20;
const R2_HOST = /\.r2\.cloudflarestorage\.com$/;

export function createCost(
  ctx: Pick<BackupContext, "catalog" | "storeSettings" | "operations" | "audit">,
  book: CostBook,
): CostVerbs {
  const get = async (): Promise<CostView> => {
    const { settings, source } = book;
    const { month, ledger, forecastDollars, overBudget } = book.now();
    const { prices } = settings;
    return {
      settings,
      source,
      isR2: isR2(ctx.storeSettings),
      billed: book.deps.billed,
      month: {
        name: month.name,
        since: month.since,
        storedGbMonths: gbMonthsOf(month),
        classA: month.classA,
        classB: month.classB,
        ...billOf({ ...month, gbMonths: gbMonthsOf(month) }, prices),
      },
      forecast: { totalDollars: forecastDollars, storedGb: ledger.bytes / 1e9, overBudget },
      // A clock that jumps leaves months of other years, before and after.
      history: ledger.months
        .filter(({ name }) => name < month.name && name >= yearBefore(month.name))
        .reverse()
        .slice(0, HISTORY_MONTHS)
        .map((past) => historyOf(past, settings.prices)),
      perBackupDollars: perBackup(ctx.catalog.entries(), settings.prices),
    };
  };
  return {
    get,
    async save(caller, input) {
      const parsed = costSettingsSchema.safeParse(input);
      if (!parsed.success) {
        throw new AppError("invalid_input", "A price or the budget is not a number of dollars; nothing was saved.", {
          hint: "Use numbers of 0 or more, and a day such as 2026-11-24.",
          cause: parsed.error,
        });
      }
      await book.save(parsed.data);
      const { prices, budget } = parsed.data;
      await ctx.audit({ caller, action: "cost.save", target: null, detail: { ...prices, budget } });
      ctx.operations.announce("status");
      return get();
    },
  };
}

/** A row for the Overview; null for a folder, and without a budget. */
export function budgetCheck(book: CostBook): StatusView["checks"][number] | null {
  const { budget } = book.settings;
  if (!book.deps.billed || budget === null) return null;
  const { forecastDollars, overBudget } = book.now();
  return {
    code: "budget",
    state: overBudget ? "warn" : "pass",
    title: overBudget ? "Over the budget" : "Within the budget",
    text: `About $${forecastDollars.toFixed(2)} this month, the budget is $${budget.toFixed(2)}`,
    href: "/settings/cost",
  };
}

function yearBefore(name: string): string {
  return `${Number(name.slice(0, 4)) - 1}${name.slice(4)}`;
}

function historyOf(month: LedgerMonth, prices: CostView["settings"]["prices"]): CostView["history"][number] {
  const { name, classA, classB } = month;
  const storedGbMonths = gbMonthsOf(month);
  const { totalDollars } = billOf({ classA, classB, gbMonths: storedGbMonths }, prices);
  return { name, totalDollars, classA, classB, storedGbMonths };
}

/** One more backup like the last ones: its requests, and a month of keeping what it stores. Without the free allowance. */
function perBackup(entries: CatalogEntry[], prices: CostView["settings"]["prices"]): number | null {
  const counted = entries
    .flatMap(({ manifest }) => (manifest?.transfer.requestsByClass ? [manifest] : []))
    .slice(0, BACKUPS_IN_AVERAGE);
  if (counted.length === 0) return null;
  const dollars = counted.map(({ file, transfer }) => {
    const requests = transfer.requestsByClass ?? { classA: 0, classB: 0 };
    return requestDollars(requests, prices) + monthlyDollars(file.bytes, prices);
  });
  return dollars.reduce((sum, one) => sum + one, 0) / dollars.length;
}

function isR2(settings: StoreSettings): boolean {
  return settings.kind === "r2" && R2_HOST.test(new URL(settings.endpoint).hostname);
}
