import { z } from "zod";
import type { Clock } from "../clock";
import type { Memory } from "../control/types";
import type { Log } from "../log";
import type { AlertNotice, CostSettings } from "../nestegg-operate";
import type { RequestCounts } from "../storage/object-store";
import {
  advance,
  emptyLedger,
  foresee,
  type Ledger,
  type LedgerMonth,
  ledgerSchema,
  presentMonth,
} from "./cost-ledger";
import { billOf, R2_PRICES } from "./prices";
import { NO_REQUESTS, requestsSince } from "./request-tally";

const LEDGER = "cost-ledger";
const SETTINGS = "settings:cost";
/** What a crash may take from the counts: a minute of requests. */
const FLUSH_INTERVAL_MS = 60_000;

/** The limit that the project was given. */
const DEFAULT_BUDGET_DOLLARS = 1;

const amount = z.number().finite().nonnegative();
export const costSettingsSchema = z.object({
  prices: z.object({
    date: z.iso.date(),
    currency: z.literal("USD"),
    perGbMonth: amount,
    perMillionClassA: amount,
    perMillionClassB: amount,
    freeGb: amount,
    freeClassA: amount,
    freeClassB: amount,
  }),
  budget: amount.nullable(),
});

export interface CostBookDeps {
  clock: Clock;
  log: Log;
  memory: Memory;
  /** Of this process and its workers, since it began. */
  requests(): RequestCounts;
  /** What lies in the store; null while nobody has looked. */
  storedBytes(): number | null;
  /** A bucket asks for money, a folder does not: only there the budget is spoken of. */
  billed: boolean;
  tell(notice: AlertNotice): void;
}

export interface CostNow {
  ledger: Ledger;
  month: LedgerMonth;
  forecastDollars: number;
  overBudget: boolean;
}

/** Counts what the store will ask for, month by month, in the control database. */
export class CostBook {
  #ledger: Ledger;
  #saved: CostSettings | null;
  #counted: RequestCounts = NO_REQUESTS;
  #unwritten = false;
  #lastFlushMs: number;

  static async open(deps: CostBookDeps): Promise<CostBook> {
    const [ledger, settings] = await Promise.all([deps.memory.get(LEDGER), deps.memory.get(SETTINGS)]);
    return new CostBook(deps, {
      ledger: read(deps, ledgerSchema, ledger) ?? emptyLedger(deps.clock.now()),
      saved: read(deps, costSettingsSchema, settings),
    });
  }

  private constructor(
    readonly deps: CostBookDeps,
    state: { ledger: Ledger; saved: CostSettings | null },
  ) {
    this.#ledger = state.ledger;
    this.#saved = state.saved;
    this.#lastFlushMs = deps.clock.now().getTime();
  }

  get settings(): CostSettings {
    return this.#saved ?? { prices: R2_PRICES, budget: DEFAULT_BUDGET_DOLLARS };
  }

  get source(): "default" | "dashboard" {
    return this.#saved ? "dashboard" : "default";
  }

  /** Counted up to this moment. */
  now(): CostNow {
    this.#count();
    const now = this.deps.clock.now();
    const ledger = this.#ledger;
    const month = presentMonth(ledger, now);
    const { prices, budget } = this.settings;
    const forecastDollars = billOf(foresee(month, now, ledger.bytes), prices).totalDollars;
    return { ledger, month, forecastDollars, overBudget: budget !== null && forecastDollars > budget };
  }

  /** Cheap: to be called every few seconds. Writes about once a minute, and only what has changed. */
  async tick(): Promise<void> {
    const { month, overBudget, forecastDollars } = this.now();
    if (overBudget && this.deps.billed && this.#ledger.warned !== month.name) {
      this.#ledger = { ...this.#ledger, warned: month.name };
      this.#unwritten = true;
      this.#tell(month.name, forecastDollars);
    }
    if (this.deps.clock.now().getTime() - this.#lastFlushMs >= FLUSH_INTERVAL_MS) await this.flush();
  }

  async save(settings: CostSettings): Promise<void> {
    await this.deps.memory.set(SETTINGS, JSON.stringify(settings));
    this.#saved = settings;
  }

  /** Time alone is no reason to write: it is counted after a restart all the same. */
  async flush(): Promise<void> {
    this.#count();
    this.#lastFlushMs = this.deps.clock.now().getTime();
    if (!this.#unwritten) return;
    // Before the write: what is counted during it stays to be written.
    this.#unwritten = false;
    try {
      await this.deps.memory.set(LEDGER, JSON.stringify(this.#ledger));
    } catch (error) {
      this.#unwritten = true;
      throw error;
    }
  }

  #count(): void {
    const total = this.deps.requests();
    const requests = requestsSince(this.#counted, total);
    this.#counted = total;
    const bytes = this.deps.storedBytes();
    const known = this.#ledger;
    this.#ledger = advance(known, this.deps.clock.now(), { requests, bytes });
    const asked = requests.classA + requests.classB + requests.free > 0;
    const monthIsNew = known.months.at(-1)?.name !== this.#ledger.months.at(-1)?.name;
    if (asked || monthIsNew || this.#ledger.bytes !== known.bytes) this.#unwritten = true;
  }

  #tell(month: string, dollars: number): void {
    const { budget } = this.settings;
    this.deps.tell({
      event: "budget-exceeded",
      key: `budget-${month}`,
      kind: "happened",
      title: `Storage will cost about $${dollars.toFixed(2)} this month`,
      text: `The budget is $${(budget ?? 0).toFixed(2)}. Backups go on as before; this is only said once a month.`,
      hint: "Look at Settings, Cost. Fewer backups kept (Retention), or a higher budget.",
    });
  }
}

/** What cannot be read any more is no reason not to start; it begins anew, and the log says so. */
function read<T>({ log }: CostBookDeps, schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    log.warn({ err: error }, "what was noted about costs cannot be read and begins anew");
    return null;
  }
}
