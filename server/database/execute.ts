import { type DuckDBPreparedStatement, type DuckDBResult, ResultReturnType, StatementType } from "@duckdb/node-api";
import { AppError } from "../errors";
import { bindParameters } from "./parameters";
import { changedRows, columnsOf, rowsOf } from "./result-table";
import type { Session } from "./session";
import type { JudgedStatement } from "./sql-guard";
import type { JsonValue, SqlParameter, SqlResult } from "./types";

interface ExecuteInput {
  judged: JudgedStatement;
  params: SqlParameter[];
  /** Null: all rows. */
  rowLimit: number | null;
  /** Whether a cut result may be broken off; the transaction can then only be rolled back. Else it is read to its end. */
  mayAbandon: boolean;
}

export interface Executed {
  result: SqlResult;
  /** The transaction must end with ROLLBACK. */
  abandoned: boolean;
  /** Rows or definitions changed. */
  changed: boolean;
}

/** Runs a judged statement. Every prepared statement is destroyed and every stream ended before this settles. */
export async function execute(session: Session, input: ExecuteInput): Promise<Executed> {
  let executed: Executed = { result: { columns: [], rows: [], rowCount: 0 }, abandoned: false, changed: false };
  for (const prepare of input.judged.steps) {
    const prepared = await prepare(session);
    try {
      bindParameters(prepared, input.params);
      executed = await executeStep(session, prepared, input);
    } finally {
      prepared.destroySync();
    }
  }
  return executed;
}

async function executeStep(
  session: Session,
  prepared: DuckDBPreparedStatement,
  input: ExecuteInput,
): Promise<Executed> {
  // A box, because a stop may arrive together with the stream, which must then still be ended.
  const opened: { result?: DuckDBResult } = {};
  try {
    const result = await session.call(async () => {
      opened.result = await (input.rowLimit === null ? prepared.run() : prepared.stream());
      return opened.result;
    });
    return await readResult(session, { prepared, result, ...input });
  } catch (error) {
    if (opened.result?.isStreaming) await session.abandon(opened.result);
    throw error;
  }
}

interface ReadInput extends ExecuteInput {
  prepared: DuckDBPreparedStatement;
  result: DuckDBResult;
}

async function readResult(session: Session, input: ReadInput): Promise<Executed> {
  const { prepared, result, judged } = input;
  if (result.returnType !== ResultReturnType.QUERY_RESULT) {
    const counted = changedRows(result);
    return { result: counted, abandoned: false, changed: judged.kind === "definition" || counted.rowCount > 0 };
  }
  const columns = columnsOf(result);
  const { rows: read, truncated, abandoned } = await readRows(session, input);
  // A stream that fails half-way just ends (measured): only the result's type tells, the message is gone.
  if (!abandoned && hasFailed(result)) await rethrow(session, prepared);
  const rows = prepared.statementType === StatementType.EXPLAIN ? read.filter(isPlanOfRun) : read;
  const table: SqlResult = { columns, rows, rowCount: rows.length };
  if (truncated) table.truncated = true;
  return { result: table, abandoned, changed: judged.kind !== "read" && rows.length > 0 };
}

async function readRows(session: Session, { result, rowLimit, mayAbandon }: ReadInput) {
  const limit = rowLimit ?? Number.POSITIVE_INFINITY;
  const rows: JsonValue[][] = [];
  let truncated = false;
  for (;;) {
    const chunk = await session.call(() => result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return { rows, truncated, abandoned: false };
    const room = limit - rows.length;
    for (const row of rowsOf(chunk, room)) rows.push(row);
    if (chunk.rowCount <= room) continue;
    truncated = true;
    if (!mayAbandon || !result.isStreaming) continue;
    await session.abandon(result);
    return { rows, truncated, abandoned: true };
  }
}

/** The other plans are in the answer only because the guard needs them. */
function isPlanOfRun([key]: JsonValue[]): boolean {
  return key !== "logical_plan" && key !== "logical_opt";
}

function hasFailed(result: DuckDBResult): boolean {
  return result.returnType === ResultReturnType.INVALID;
}

/** Runs a query whose stream broke once more, not as a stream, because only that gives the engine's message. */
async function rethrow(session: Session, prepared: DuckDBPreparedStatement): Promise<never> {
  if (prepared.statementType === StatementType.SELECT) await session.call(() => prepared.run());
  throw new AppError("sql_failed", "The query failed while its rows were being read; its transaction was undone.", {
    hint: "Send it again; if it fails again, ask for fewer rows to find the one that cannot be computed.",
  });
}
