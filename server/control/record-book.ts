import type { Clock } from "../clock";
import type { Audit } from "./audit";
import { type BringBackInput, type BroughtBack, bringBackRows, requireNobody } from "./bring-back";
import type { ControlDatabase } from "./control-database";
import { type Pruned, pruneRecords } from "./prune";
import type { RecordRows } from "./record-rows";
import { readRecordRows } from "./records";

/** The control database as a thing that can be lost, brought back, and that must not grow for ever. */
export interface RecordBook {
  /** Settings, people, tokens and channels without any secret, and what happened since `historySince` (null: nothing of it). */
  read(input: { historySince: Date | null; secrets: readonly string[] }): Promise<RecordRows>;
  /** Throws `conflict` when somebody is here already: before anything else is begun. */
  requireNobody(): Promise<void>;
  /** All of it or nothing. */
  bringBack(input: BringBackInput): Promise<BroughtBack>;
  /** See `prune.ts` for what stays. */
  prune(input: { listed: ReadonlySet<string>; signal: AbortSignal }): Promise<Pruned>;
}

export function createRecordBook(deps: { database: ControlDatabase; clock: Clock; audit: Audit }): RecordBook {
  return {
    read: (input) => readRecordRows(deps.database, input),
    requireNobody: () => deps.database.read(requireNobody),
    bringBack: (input) => bringBackRows(deps, input),
    prune: (input) => pruneRecords(deps, input),
  };
}
