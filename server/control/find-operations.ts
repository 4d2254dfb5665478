import { AppError } from "../errors";
import type { ControlDatabase } from "./control-database";
import type { HeldOperation } from "./held-operation";
import { isOperationId } from "./operation-id";
import { type RowFilter, readLog, readOperation, readPage } from "./operation-rows";
import { isActive } from "./operation-state";
import type { LogLine, Operations, OperationView } from "./types";

type Finder = Pick<Operations, "get" | "list" | "log" | "active">;

const MAX_PAGE = 500;

/** Reads file and memory as one book: memory is newer, and has what the file could not take. */
export function createOperationFinder(database: ControlDatabase, held: ReadonlyMap<string, HeldOperation>): Finder {
  async function get(id: string): Promise<OperationView> {
    const view = held.get(id)?.copy() ?? (isOperationId(id) ? await readOperation(database, id) : null);
    if (view) return view;
    throw new AppError("not_found", `There is no operation ${id.slice(0, 80)}.`, {
      hint: "Activity lists all operations.",
    });
  }

  async function list(filter: Parameters<Operations["list"]>[0]): ReturnType<Operations["list"]> {
    const { cursor } = filter;
    if (cursor !== undefined && !isOperationId(cursor)) {
      throw new AppError("invalid_input", "The cursor does not come from this list.", {
        hint: "Start without a cursor.",
      });
    }
    const limit = Math.min(Math.max(1, Math.trunc(filter.limit)), MAX_PAGE);
    const rows = await readPage(database, { ...filter, limit: limit + 1 });
    const lastRow = rows.length > limit ? rows.at(-1) : undefined;
    const reaches = (id: string) => (cursor === undefined || id < cursor) && (!lastRow || id >= lastRow.id);
    const fromMemory = [...held.values()].map((operation) => operation.copy()).filter(({ id }) => reaches(id));
    const found = [...rows.filter(({ id }) => !held.has(id)), ...fromMemory]
      .filter((view) => matches(view, filter))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    const operations = found.slice(0, limit);
    // Rows that memory says have left the filter may leave a page short; then it goes on below the last row read.
    const nextCursor = found.length > limit ? operations.at(-1)?.id : lastRow?.id;
    return { operations, nextCursor: nextCursor ?? null };
  }

  async function log(id: string, afterSequence = 0): Promise<LogLine[]> {
    await get(id);
    const lines = await readLog(database, id, afterSequence);
    const saved = new Set(lines.map(({ sequence }) => sequence));
    const unsaved = held.get(id)?.unsavedLines ?? [];
    const fresh = unsaved.filter(({ sequence }) => sequence > afterSequence && !saved.has(sequence));
    return [...lines, ...fresh.map((line) => ({ ...line }))];
  }

  const active = () =>
    [...held.values()]
      .filter(({ view }) => isActive(view.state))
      .map((operation) => operation.copy())
      .sort((a, b) => (a.id < b.id ? -1 : 1));

  return { get, list, log, active };
}

function matches(view: OperationView, { kinds, states, backupId }: RowFilter): boolean {
  if (kinds?.length && !kinds.includes(view.kind)) return false;
  if (states?.length && !states.includes(view.state)) return false;
  return backupId === undefined || view.backupId === backupId;
}
