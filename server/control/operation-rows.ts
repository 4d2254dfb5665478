import { and, asc, desc, eq, getTableColumns, gt, inArray, lt } from "drizzle-orm";
import type { ControlDatabase, Drizzle, Statement } from "./control-database";
import { ACTIVE_STATES } from "./operation-state";
import { operationLog, operations } from "./schema";
import type { LogLine, OperationKind, OperationState, OperationView } from "./types";

export interface RowFilter {
  kinds?: OperationKind[];
  states?: OperationState[];
  backupId?: string;
}

/** The whole row each time: the newest write mends what an earlier one could not write. */
export function saveStatements(db: Drizzle, view: OperationView, lines: LogLine[]): Statement[] {
  const { id: _id, ...rest } = view;
  const row = db.insert(operations).values(view).onConflictDoUpdate({ target: operations.id, set: rest });
  const log = lines.map((line) =>
    db
      .insert(operationLog)
      .values({ operationId: view.id, ...line })
      .onConflictDoNothing(),
  );
  return [row, ...log];
}

export async function readOperation(database: ControlDatabase, id: string): Promise<OperationView | null> {
  const [row] = await database.read((db) => db.select().from(operations).where(eq(operations.id, id)));
  return row ?? null;
}

/** Newest first, all below `cursor`. */
export function readPage(
  database: ControlDatabase,
  filter: RowFilter & { limit: number; cursor?: string },
): Promise<OperationView[]> {
  const { kinds, states, backupId, cursor, limit } = filter;
  const conditions = [
    cursor === undefined ? undefined : lt(operations.id, cursor),
    kinds?.length ? inArray(operations.kind, kinds) : undefined,
    states?.length ? inArray(operations.state, states) : undefined,
    backupId === undefined ? undefined : eq(operations.backupId, backupId),
  ];
  return database.read((db) =>
    db
      .select()
      .from(operations)
      .where(and(...conditions))
      .orderBy(desc(operations.id))
      .limit(limit),
  );
}

export function readUnfinished(database: ControlDatabase): Promise<OperationView[]> {
  return database.read((db) =>
    db
      .select()
      .from(operations)
      .where(inArray(operations.state, [...ACTIVE_STATES]))
      .orderBy(asc(operations.id)),
  );
}

export async function readNewestId(database: ControlDatabase): Promise<string | null> {
  const query = (db: Drizzle) =>
    db.select({ id: operations.id }).from(operations).orderBy(desc(operations.id)).limit(1);
  const [row] = await database.read(query);
  return row?.id ?? null;
}

export function readLog(database: ControlDatabase, id: string, after: number): Promise<LogLine[]> {
  const { operationId: _operationId, ...columns } = getTableColumns(operationLog);
  return database.read((db) =>
    db
      .select(columns)
      .from(operationLog)
      .where(and(eq(operationLog.operationId, id), gt(operationLog.sequence, after)))
      .orderBy(asc(operationLog.sequence)),
  );
}
