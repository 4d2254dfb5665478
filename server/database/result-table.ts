import {
  DuckDBBlobValue,
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
 * The node-api's JSON converters, but for two types. TIMESTAMP WITH TIME ZONE is written in UTC, not with the offset of
 * the zone in which this process started; BLOB as the engine's own cast to text, not with bare backslashes, which could
 * not be told from its \x escapes.
 */
const toJson: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value instanceof DuckDBBlobValue) return Array.from(value.bytes, byteText).join("");
  if (!(value instanceof DuckDBTimestampTZValue)) return JsonDuckDBValueConverter(value, type, converter);
  const text = new DuckDBTimestampValue(value.micros).toString();
  return value.isFinite ? `${text}+00` : text;
};

/** Text that `'…'::BLOB` reads back to the same byte. */
function byteText(byte: number): string {
  const character = String.fromCharCode(byte);
  if (byte >= 0x20 && byte <= 0x7e && !"\\'\"".includes(character)) return character;
  return `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

export function rowsOf(chunk: DuckDBDataChunk, limit: number): JsonValue[][] {
  const rows: JsonValue[][] = [];
  for (let row = 0; row < Math.min(chunk.rowCount, limit); row += 1) rows.push(chunk.convertRowValues(row, toJson));
  return rows;
}

export function columnsOf(result: DuckDBResult): SqlResult["columns"] {
  return result.columnNames().map((name, index) => {
    // JSON is text to the engine, under another name.
    const isJson = result.columnLogicalType(index).alias === "JSON";
    return { name, type: isJson ? "JSON" : result.columnType(index).toString() };
  });
}

/** What a statement without rows of its own answers: the engine's "Count" column is the count, not data. */
export function changedRows(result: DuckDBResult): SqlResult {
  const rowCount = result.returnType === ResultReturnType.CHANGED_ROWS ? result.rowsChanged : 0;
  return { columns: [], rows: [], rowCount };
}
