import { type DuckDBPreparedStatement, DuckDBTypeId } from "@duckdb/node-api";
import { AppError } from "../errors";
import type { SqlParameter } from "./types";

/** Whole numbers that JavaScript holds exactly become BIGINT, other numbers DOUBLE; the engine casts text to what a column needs. */
export function bindParameters(prepared: DuckDBPreparedStatement, params: SqlParameter[]): void {
  const expected = prepared.parameterCount;
  if (params.length !== expected) {
    throw new AppError(
      "sql_failed",
      `The statement has ${expected} placeholder${expected === 1 ? "" : "s"} and came with ${params.length} value${params.length === 1 ? "" : "s"}; nothing was run.`,
      { hint: "Send one value in params for each ? or each different $1, $2, …" },
    );
  }
  for (const [index, value] of params.entries()) bindOne(prepared, index + 1, value);
}

function bindOne(prepared: DuckDBPreparedStatement, position: number, value: SqlParameter): void {
  if (value === null) prepared.bindNull(position);
  else if (typeof value === "string") prepared.bindVarchar(position, value);
  else if (typeof value === "boolean") prepared.bindBoolean(position, value);
  else if (Number.isSafeInteger(value)) prepared.bindBigInt(position, BigInt(value));
  else prepared.bindDouble(position, value);
}

/** True when the engine waits for the values before it can bind: then the plan may depend on them. */
export function hasOpenTypes(prepared: DuckDBPreparedStatement): boolean {
  for (let position = 1; position <= prepared.parameterCount; position += 1) {
    if (prepared.parameterTypeId(position) === DuckDBTypeId.INVALID) return true;
  }
  return false;
}
