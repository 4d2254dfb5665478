import { StatementType } from "@duckdb/node-api";
import type { Refusal } from "./sql-guard-reasons";

/**
 * Table functions that only read this database or make rows. Everything else is refused, so that a function that a
 * later engine adds is refused too. SHOW and information_schema are views over the `duckdb_…` ones.
 */
const READING_FUNCTIONS = new Set([
  "duckdb_columns",
  "duckdb_constraints",
  "duckdb_coordinate_systems",
  "duckdb_databases",
  "duckdb_dependencies",
  "duckdb_extensions",
  "duckdb_functions",
  "duckdb_indexes",
  "duckdb_keywords",
  "duckdb_memory",
  "duckdb_optimizers",
  "duckdb_schemas",
  "duckdb_sequences",
  "duckdb_settings",
  "duckdb_table_sample",
  "duckdb_tables",
  "duckdb_types",
  "duckdb_variables",
  "duckdb_views",
  "generate_series",
  "icu_calendar_names",
  "json_each",
  "json_tree",
  "pg_timezone_names",
  "pragma_collations",
  "pragma_database_size",
  "pragma_metadata_info",
  "pragma_platform",
  "pragma_show",
  "pragma_storage_info",
  "pragma_table_info",
  "pragma_user_agent",
  "pragma_version",
  "range",
  "repeat",
  "repeat_row",
  "seq_scan",
  "summary",
  "test_all_types",
  "unnest",
]);

/** What the root of a CREATE's plan may be: keeps secrets and whatever a later engine can create out. */
const CREATING_NODES = new Set([
  "CREATE_SCHEMA",
  "CREATE_TABLE",
  "CREATE_TABLE_AS",
  "BATCH_CREATE_TABLE_AS",
  "CREATE_VIEW",
  "CREATE_INDEX",
  "CREATE_SEQUENCE",
  "CREATE_TYPE",
  "CREATE_MACRO",
]);

interface PlanNode {
  name: string;
  children: PlanNode[];
  extra_info: Record<string, unknown>;
}

/**
 * `plans` are all that EXPLAIN (FORMAT JSON) gave: the plan as it was bound, where nothing is folded away yet because of
 * a value, and the plan that would run. `functions` are all table functions that the engine has.
 */
export function refusalByPlans(plans: string[], type: StatementType, functions: ReadonlySet<string>): Refusal | null {
  const roots = plans.flatMap((plan) => JSON.parse(plan) as PlanNode[]);
  if (type === StatementType.CREATE && !roots.every((root) => CREATING_NODES.has(root.name))) {
    return { why: "only schemas, tables, views, indexes, sequences, types and macros can be created" };
  }
  const refused = roots.flatMap((root) => refusedIn(root, functions))[0];
  if (refused === undefined) return null;
  return { why: `it uses the function ${refused}(), which does not only read this database` };
}

/** The physical plan names a function twice; both count, in case one of them goes missing in a later engine. */
function refusedIn(node: PlanNode, functions: ReadonlySet<string>): string[] {
  const own: string[] = [];
  const operator = node.name.toLowerCase();
  if (functions.has(operator) && !READING_FUNCTIONS.has(operator)) own.push(operator);
  const named = node.extra_info.Function;
  if (typeof named === "string" && !READING_FUNCTIONS.has(named.toLowerCase())) own.push(named.toLowerCase());
  return [...own, ...node.children.flatMap((child) => refusedIn(child, functions))];
}
