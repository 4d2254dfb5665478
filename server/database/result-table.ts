import {
  type DuckDBDataChunk,
  type DuckDBResult,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
  ResultReturnType,
} from "@duckdb/node-api";
import type { JsonValue, SqlResult } from "./types";

/**
 * The node-api's JSON converters, except that TIMESTAMP WITH TIME ZONE is written in UTC: the node-api writes it with
 * the offset that the server's own zone had when the process started.
 */
const toJson: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value instanceof DuckDBTimestampTZValue) {
    const text = new DuckDBTimestampValue(value.micros).toString();
    return value.isFinite ? `${text}+00` : text;
  }
  return JsonDuckDBValueConverter(value, type, converter);
};

export function rowsOf(chunk: DuckDBDataChunk, limit: number): JsonValue[][] {
  const rows: JsonValue[][] = [];
  for (let row = 0; row < Math.min(chunk.rowCount, limit); row += 1) rows.push(chunk.convertRowValues(row, toJson));
  return rows;
}

export function columnsOf(result: DuckDBResult): SqlResult["columns"] {
  return result.columnNames().map((name, index) => ({ name, type: result.columnType(index).toString() }));
}

/** What a statement without rows of its own answers: the engine's "Count" column is the count, not data. */
export function changedRows(result: DuckDBResult): SqlResult {
  const rowCount = result.returnType === ResultReturnType.CHANGED_ROWS ? result.rowsChanged : 0;
  return { columns: [], rows: [], rowCount };
}
