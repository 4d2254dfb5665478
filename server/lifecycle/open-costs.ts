import type { BackupContext } from "../backups/context";
import { CostBook } from "../backups/cost-book";
import { addRequests, type RequestTally } from "../backups/request-tally";

/** Gives the cost book its counts: this process and its workers, and what the list says lies in the store. */
export function openCosts(backups: BackupContext, workerRequests: RequestTally): Promise<CostBook> {
  const { clock, log, memory, store, catalog } = backups;
  return CostBook.open({
    clock,
    log,
    memory,
    requests: () => addRequests(store.requestCounts(), workerRequests.read()),
    storedBytes: () =>
      catalog.readAt ? catalog.entries().reduce((sum, { object }) => sum + (object?.bytes ?? 0), 0) : null,
    billed: store.kind === "r2",
    tell: (notice) => backups.tell(notice),
  });
}
