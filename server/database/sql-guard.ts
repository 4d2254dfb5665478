import { type DuckDBExtractedStatements, type DuckDBPreparedStatement, StatementType } from "@duckdb/node-api";
import { AppError } from "../errors";
import type { CatalogWatch } from "./catalog-watch";
import { bindParameters, hasOpenTypes } from "./parameters";
import type { Session } from "./session";
import { refusalByPlans } from "./sql-guard-plan";
import {
  CRASHING_FUNCTION,
  CUT_OR_CHANGED,
  DYNAMIC_SQL,
  EMPTY,
  kindOf,
  ODD_EXPLAIN,
  OTHER_TYPE,
  type Refusal,
  refusalByWords,
  SEVERAL,
  type StatementKind,
} from "./sql-guard-reasons";
import {
  addedColumn,
  explainHead,
  isBlank,
  isCutOrChanged,
  leadingWords,
  namesCrashingFunction,
  namesDynamicSql,
} from "./sql-guard-words";
import type { SqlParameter, SqlStatement } from "./types";

/** A statement that may run, already bound by the engine. `steps` are run in order; the last one's rows are the answer. */
export interface JudgedStatement {
  kind: StatementKind;
  /** Prepares the k-th step; only after the one before it has run. The caller destroys it. */
  steps: ((session: Session) => Promise<DuckDBPreparedStatement>)[];
}

export interface Judgement {
  statement: SqlStatement;
  /** From before the transaction began; null when its own definitions have changed the catalog. */
  mark: number | null;
}

/** Enough for every statement an app writes by hand; generated SQL only turns the list over. */
const REMEMBERED_STATEMENTS = 500;
const REMEMBERED_SQL_CHARACTERS = 4096;
/** As bound, optimised, physical: `explain_output` was set so when the database was opened. */
const EXPLAINED_PLANS = 3;

/**
 * Decides by the engine's own type and plan what may run (architecture: guarding SQL from outside). Runs inside the
 * transaction that will run the statement, so that views and macros are judged as they will be used.
 */
export class SqlGuard {
  readonly #tableFunctions: ReadonlySet<string>;
  readonly #catalog: CatalogWatch;
  /** Statement and types of values → mark under which its plan was found harmless. */
  readonly #harmless = new Map<string, number>();

  constructor(options: { tableFunctions: ReadonlySet<string>; catalog: CatalogWatch }) {
    this.#tableFunctions = options.tableFunctions;
    this.#catalog = options.catalog;
  }

  /** Throws `sql_refused`, or the engine's own error when it cannot understand the statement. */
  async judge(session: Session, { statement, mark }: Judgement): Promise<JudgedStatement> {
    const { sql, params = [] } = statement;
    if (isCutOrChanged(sql)) throw refused(CUT_OR_CHANGED);
    if (isBlank(sql)) throw refused(EMPTY);
    const words = leadingWords(sql, 4);
    const byWords = refusalByWords(words);
    if (byWords) throw refused(byWords);
    if (words[0] !== "COMMENT" && namesDynamicSql(sql)) throw refused(DYNAMIC_SQL);
    if (words[0] !== "COMMENT" && namesCrashingFunction(sql)) throw refused(CRASHING_FUNCTION);
    const extracted = await session.call((connection) => connection.extractStatements(sql));
    if (extracted.count !== 1) return this.#judgeSplit(session, sql, extracted);
    const prepared = await session.call(() => extracted.prepare(0));
    try {
      const kind = await this.#judgePrepared(session, { prepared, sql, params, mark, words });
      let first: DuckDBPreparedStatement | null = prepared;
      const step = async (current: Session) => {
        const ready = first ?? (await current.call(() => extracted.prepare(0)));
        first = null;
        return ready;
      };
      return { kind, steps: [step] };
    } catch (error) {
      prepared.destroySync();
      throw error;
    }
  }

  async #judgePrepared(session: Session, input: PreparedInput): Promise<StatementKind> {
    const { prepared, sql, params, mark, words } = input;
    const type = prepared.statementType;
    if (type === StatementType.EXPLAIN) return this.#judgeExplain(session, sql, params);
    const kind = kindOf(type);
    if (kind === null) throw refused(OTHER_TYPE);
    // The engine has no EXPLAIN for COMMENT; it holds a name and a text, nothing that runs.
    if (type === StatementType.ALTER && words[0] === "COMMENT") return kind;
    const key = `${params.map((value) => (value === null ? "null" : typeof value)).join(" ")}\n${sql}`;
    if (this.#catalog.isCurrent(mark) && this.#harmless.get(key) === mark) return kind;
    await this.#judgePlan(session, sql, params, type);
    if (!hasOpenTypes(prepared)) this.#remember(key, mark);
    return kind;
  }

  async #judgeExplain(session: Session, sql: string, params: SqlParameter[]): Promise<StatementKind> {
    const head = explainHead(sql);
    if (head === null) throw refused(ODD_EXPLAIN);
    const byWords = refusalByWords(leadingWords(head.inner, 4));
    if (byWords) throw refused(byWords);
    const extracted = await session.call((connection) => connection.extractStatements(head.inner));
    if (extracted.count !== 1) throw refused(SEVERAL);
    const prepared = await session.call(() => extracted.prepare(0));
    const type = prepared.statementType;
    prepared.destroySync();
    const kind = kindOf(type);
    if (kind === null) throw refused(OTHER_TYPE);
    await this.#judgePlan(session, head.inner, params, type);
    return head.analyze ? kind : "read";
  }

  /** EXPLAIN binds and plans without running, and names every table function, through views and macros too. */
  async #judgePlan(session: Session, sql: string, params: SqlParameter[], type: StatementType): Promise<void> {
    const extracted = await session.call((connection) => connection.extractStatements(`EXPLAIN (FORMAT JSON) ${sql}`));
    // A PIVOT in here would be several statements, the first of which would already run the query.
    if (extracted.count !== 1) throw refused(SEVERAL);
    const explain = await session.call(() => extracted.prepare(0));
    try {
      bindParameters(explain, params);
      const result = await session.call(() => explain.run());
      const rows = await result.getRowsJson();
      const plans = rows.map(([, plan]) => String(plan));
      if (plans.length < EXPLAINED_PLANS) throw new Error(`EXPLAIN gave ${plans.length} plans`);
      const refusal = refusalByPlans(plans, type, this.#tableFunctions);
      if (refusal) throw refused(refusal);
    } finally {
      explain.destroySync();
    }
  }

  /**
   * ADD COLUMN with a computed default arrives as BEGIN, ALTER, UPDATE, ALTER, COMMIT. The inner three run in our own
   * transaction, after the default was bound inside a CREATE TABLE, where the engine allows no subquery.
   */
  async #judgeSplit(session: Session, sql: string, extracted: DuckDBExtractedStatements): Promise<JudgedStatement> {
    const definition = addedColumn(sql);
    if (definition === null || extracted.count !== ADD_COLUMN_TYPES.length) throw refused(SEVERAL);
    await this.#judgePlan(session, `CREATE TABLE nestegg_judged_column (${definition}\n)`, [], StatementType.CREATE);
    const steps = ADD_COLUMN_TYPES.map((type, index) => async (current: Session) => {
      const prepared = await current.call(() => extracted.prepare(index));
      if (prepared.statementType === type) return prepared;
      prepared.destroySync();
      throw refused(SEVERAL);
    });
    return { kind: "definition", steps: steps.slice(1, -1) };
  }

  #remember(key: string, mark: number | null): void {
    if (!this.#catalog.isCurrent(mark) || key.length > REMEMBERED_SQL_CHARACTERS) return;
    const [oldest] = this.#harmless.keys();
    if (this.#harmless.size >= REMEMBERED_STATEMENTS && oldest !== undefined) this.#harmless.delete(oldest);
    this.#harmless.set(key, mark);
  }
}

interface PreparedInput {
  prepared: DuckDBPreparedStatement;
  sql: string;
  params: SqlParameter[];
  mark: number | null;
  words: string[];
}

const ADD_COLUMN_TYPES = [
  StatementType.TRANSACTION,
  StatementType.ALTER,
  StatementType.UPDATE,
  StatementType.ALTER,
  StatementType.TRANSACTION,
];

function refused({ why, instead }: Refusal): AppError {
  return new AppError("sql_refused", `The statement was not run: ${why}.`, { hint: instead });
}
