import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "../errors";
import { engineMemory } from "./engine-memory";
import { firstLine, machineTrouble } from "./machine-trouble";
import { hintFor, isNewerEngine } from "./open-faults";
import { quoted } from "./quoted";
import { type EngineCall, listTables, readTable, type TableContents } from "./table-contents";

/** Beside the live database, which has half: reading 10 GB took 10 GB before (measured). */
const MEMORY_SHARE = 0.25;

export interface Inspection {
  engineVersion: string;
  /** As the engine names it: "v1.0.0+", "v1.5.0+". */
  storageVersion: string;
  tables: TableContents[];
}

export interface InspectOptions {
  signal?: AbortSignal;
  /** Told after each table. */
  onTable?(done: number, total: number): void;
}

/**
 * Opens a copy read-only and reads every stored value of every table; views and computed columns hold no data of
 * their own and are left out. Only in a process of its own and never on the live file: opening a damaged file can end
 * the process, and closing it drops the owner's lock. Throws `snapshot_damaged` naming the table that cannot be read;
 * `database_unusable`, `disk_full` or `internal` when the engine is too old or the machine in trouble, which tell nothing of the copy.
 */
export async function inspectFile(path: string, options: InspectOptions = {}): Promise<Inspection> {
  const instance = await openCopy(path);
  try {
    const connection = await instance.connect();
    const stop = () => connection.interrupt();
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      return await readEverything(connection, options);
    } finally {
      options.signal?.removeEventListener("abort", stop);
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function openCopy(path: string): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, {
      access_mode: "READ_ONLY",
      enable_external_access: "false",
      autoload_known_extensions: "false",
      autoinstall_known_extensions: "false",
      memory_limit: engineMemory(MEMORY_SHARE),
    });
  } catch (error) {
    throw unreadable("The copy does not open", error);
  }
}

async function readEverything(connection: DuckDBConnection, options: InspectOptions): Promise<Inspection> {
  const facts = await engineFacts(connection);
  const call: EngineCall = (work) => work(connection);
  const names = await listTables(call).catch((error: unknown) => {
    throw unreadable("The copy's list of tables cannot be read", error);
  });
  const tables: TableContents[] = [];
  for (const table of names) {
    if (options.signal?.aborted) throw cancelled();
    const what = `Table ${quoted(table.schema)}.${quoted(table.name)} cannot be read`;
    tables.push(
      await readTable(call, table).catch((error: unknown) => {
        throw orCancelled(what, error, options.signal);
      }),
    );
    options.onTable?.(tables.length, names.length);
  }
  return { ...facts, tables };
}

async function engineFacts(connection: DuckDBConnection): Promise<Omit<Inspection, "tables">> {
  const sql =
    "SELECT version(), tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()";
  try {
    const [facts] = (await connection.runAndReadAll(sql)).getRows();
    return { engineVersion: String(facts?.[0]), storageVersion: String(facts?.[1]) };
  } catch (error) {
    throw unreadable("The copy's version cannot be read", error);
  }
}

function orCancelled(what: string, error: unknown, signal?: AbortSignal): AppError {
  return signal?.aborted ? cancelled(error) : unreadable(what, error);
}

function cancelled(cause?: unknown): AppError {
  return new AppError("cancelled", "Reading the copy was cancelled; nothing was changed.", { cause });
}

/** A copy that cannot be read is damaged, unless the machine or this engine's age is the reason. */
function unreadable(what: string, error: unknown): AppError {
  const trouble = machineTrouble(what, error);
  if (trouble) return trouble;
  if (isNewerEngine(error)) {
    return new AppError("database_unusable", `${what}: ${firstLine(error)}`, {
      hint: hintFor("newer-engine"),
      cause: error,
    });
  }
  return new AppError("snapshot_damaged", `${what}: ${firstLine(error)}`, {
    hint: "This copy is damaged: do not restore it. Use another backup.",
    cause: error,
  });
}
