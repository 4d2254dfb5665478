import type { Clock } from "../../clock";
import { isAppError } from "../../errors";
import type { DoctorRow } from "../../nestegg-operate";

export type Trial = Omit<DoctorRow, "group"> & { durationMs: number };

/** What one trial found, when it does not throw: a sentence when all is well, else the parts of a row that differ. */
export type Finding = string | Partial<Pick<DoctorRow, "state" | "text" | "hint">>;

/** Rows of things that are tried one after the other. A failed one does not hide the next; what builds on it is skipped. */
export class Trials {
  readonly rows: Trial[] = [];
  #over: string | null = null;

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /** From here on nothing can be tried any more. */
  giveUp(why: string): void {
    this.#over = why;
  }

  async attempt(code: string, title: string, needs: string[], work: () => Promise<Finding>): Promise<boolean> {
    const missing = this.rows.find((row) => needs.includes(row.code) && row.state !== "ok");
    if (this.#over !== null || missing) {
      const why = this.#over ?? `it builds on “${missing?.title}”, which did not work`;
      this.rows.push({ code, title, state: "skipped", text: `not tried: ${why}`, hint: null, durationMs: 0 });
      return false;
    }
    const startedAt = this.clock.now().getTime();
    const found = await work().then(
      (finding) => (typeof finding === "string" ? { text: finding } : finding),
      (error: unknown) => ({ state: "fault" as const, ...explain(error) }),
    );
    const durationMs = this.clock.now().getTime() - startedAt;
    const row: Trial = { code, title, state: "ok", text: "", hint: null, durationMs, ...found };
    this.rows.push(row);
    return row.state === "ok";
  }

  /** A row that needs no trying of its own. */
  note(row: Omit<Trial, "durationMs">): void {
    this.rows.push({ ...row, durationMs: 0 });
  }
}

export function explain(error: unknown): { text: string; hint: string | null } {
  if (isAppError(error)) return { text: error.message, hint: error.hint ?? null };
  return { text: error instanceof Error ? error.message : String(error), hint: null };
}
