import type { RunningOperation } from "../control/types";
import type { KeptAbout } from "../database/kept-files";
import type { TableRows } from "../nestegg";

/** What a restore and an undo ask of the server's life: another file in the live one's place. */
export interface ReplaceInput {
  operation: RunningOperation;
  reason: "restore" | "undo-restore";
  /** Whole, inspected, synced, beside the live file. */
  newDatabase: string;
  newWal: string | null;
  /** Of what is replaced; the rest of the description is known only once writes have stopped. */
  about: Omit<KeptAbout, "version" | "replacedAt" | "uncovered">;
  /** `pulse().changes` before the safety backup; null: there is none. */
  changesAtSafety: number | null;
  /** What must be found after reopening; null: not known. */
  expected: TableRows[] | null;
  /** For whoever finds the journal after a crash. */
  context: Record<string, string>;
}

export interface Replaced {
  keptName: string | null;
  gateClosedMs: number;
  tables: number;
}
