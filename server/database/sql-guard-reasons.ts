import { StatementType } from "@duckdb/node-api";

export interface Refusal {
  why: string;
  instead?: string;
}

const OUTSIDE = "it reaches outside this database";
const TRANSACTION = {
  why: "transactions are opened and ended by the server",
  instead: 'Send the statements together as {"statements": […]}: they run in one transaction.',
};
const SETTINGS = { why: "settings of the engine belong to the server: backups depend on them" };
const CHECKPOINT = {
  why: "the server itself decides when to checkpoint, so that a backup that is being read stays whole",
};
const PREPARE = {
  why: "prepared statements do not outlive a request",
  instead: "Send the values as params beside the SQL.",
};
const FILES = { why: OUTSIDE, instead: "Load rows with INSERT, read them with SELECT." };

/** By first word: the engine fails on most of these before it names their type, with a message that explains less. */
const BY_WORD: Record<string, Refusal> = {
  ATTACH: { why: OUTSIDE },
  DETACH: { why: "the database would be closed under the server" },
  USE: { why: "there is only one database here", instead: "Name the schema in front of the table." },
  COPY: FILES,
  EXPORT: FILES,
  IMPORT: FILES,
  LOAD: { why: "extensions are code that would run inside the server" },
  INSTALL: { why: "extensions are code that would run inside the server" },
  PRAGMA: {
    why: "pragmas change the engine",
    instead: "Reading ones have a function: SELECT * FROM pragma_table_info('t').",
  },
  SET: SETTINGS,
  RESET: SETTINGS,
  CHECKPOINT,
  FORCE: CHECKPOINT,
  VACUUM: { why: "the server looks after the file" },
  ANALYZE: { why: "the server looks after the file" },
  CALL: { why: "CALL runs functions that change the engine", instead: "Use SELECT * FROM … for functions that read." },
  BEGIN: TRANSACTION,
  START: TRANSACTION,
  COMMIT: TRANSACTION,
  END: TRANSACTION,
  ROLLBACK: TRANSACTION,
  ABORT: TRANSACTION,
  PREPARE,
  EXECUTE: PREPARE,
  DEALLOCATE: PREPARE,
};

export function refusalByWords(words: string[]): Refusal | null {
  const [first = "", ...rest] = words;
  if (first === "CREATE") return refusedCreation(rest);
  if (first === "DROP") return refusedObject(rest[0]);
  if (first === "ALTER") return refusedObject(rest[0]);
  return BY_WORD[first] ?? null;
}

function refusedCreation(words: string[]): Refusal | null {
  const rest = words[0] === "OR" && words[1] === "REPLACE" ? words.slice(2) : words;
  const modified = ["TEMP", "TEMPORARY", "PERSISTENT", "LOCAL", "GLOBAL", "UNIQUE", "RECURSIVE"].includes(
    rest[0] ?? "",
  );
  const object = modified ? rest[1] : rest[0];
  if (object === "SECRET") return { why: "secrets are for reaching outside this database" };
  if (rest[0] === "TEMP" || rest[0] === "TEMPORARY") {
    return { why: "temporary objects vanish with the request", instead: "Use WITH, or a table that you drop again." };
  }
  return refusedObject(object);
}

const OBJECTS = ["SCHEMA", "TABLE", "VIEW", "INDEX", "SEQUENCE", "TYPE", "MACRO", "FUNCTION"];

function refusedObject(object: string | undefined): Refusal | null {
  if (object !== undefined && OBJECTS.includes(object)) return null;
  return {
    why: "only schemas, tables, views, indexes, sequences, types and macros can be created, changed and dropped",
  };
}

/** The engine's word decides: what is not in here does not run. */
const ALLOWED_TYPES: Partial<Record<StatementType, StatementKind>> = {
  [StatementType.SELECT]: "read",
  [StatementType.INSERT]: "change",
  [StatementType.UPDATE]: "change",
  [StatementType.DELETE]: "change",
  [StatementType.MERGE_INTO]: "change",
  [StatementType.CREATE]: "definition",
  [StatementType.ALTER]: "definition",
  [StatementType.DROP]: "definition",
};

export type StatementKind = "read" | "change" | "definition";

export function kindOf(type: StatementType): StatementKind | null {
  return ALLOWED_TYPES[type] ?? null;
}

export const SEVERAL: Refusal = {
  why: "it holds several statements",
  instead:
    'Send them as {"statements": […]}, one in each. PIVOT counts as several unless its values are named: ON c IN (…).',
};
export const EMPTY: Refusal = { why: "there is no statement in it" };
export const ODD_EXPLAIN: Refusal = {
  why: "its EXPLAIN could not be told apart from the statement it explains",
  instead: "Begin with EXPLAIN or EXPLAIN ANALYZE and put comments after it.",
};
export const DYNAMIC_SQL: Refusal = {
  why: "query() and query_table() build SQL that cannot be judged before it runs",
  instead: "Write the query itself; put text that only looks like this into params.",
};
export const CUT_OR_CHANGED: Refusal = {
  why: "it holds a NUL character or half a character, at which the engine would cut or change it",
  instead: "Put such text into params.",
};
export const CRASHING_FUNCTION: Refusal = {
  why: "it names a function that can crash the engine on some values",
  instead: "Compute this in your app; put text that only looks like it into params.",
};
export const OTHER_TYPE: Refusal = { why: "this kind of statement changes the engine, not the data" };
