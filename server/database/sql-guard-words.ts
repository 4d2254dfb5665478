/** The first bare words of a statement in upper case, comments skipped. Empty when it begins with something else. */
export function leadingWords(sql: string, count: number): string[] {
  const words: string[] = [];
  let at = 0;
  while (words.length < count) {
    at = skipBlank(sql, at);
    const word = /^[A-Za-z_]+/.exec(sql.slice(at, at + MAX_WORD_CHARACTERS))?.[0];
    if (word === undefined) break;
    words.push(word.toUpperCase());
    at += word.length;
  }
  return words;
}

/** Longer than any keyword; keeps the slices small on a statement of a megabyte. */
const MAX_WORD_CHARACTERS = 64;

export function isBlank(sql: string): boolean {
  let at = skipBlank(sql, 0);
  while (sql[at] === ";") at = skipBlank(sql, at + 1);
  return at >= sql.length;
}

/** Past white space and comments. Block comments nest, as in the engine's own lexer. */
function skipBlank(sql: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < sql.length && /\s/.test(sql.charAt(at))) at += 1;
    if (sql.startsWith("--", at)) {
      const end = sql.indexOf("\n", at);
      at = end === -1 ? sql.length : end + 1;
    } else if (sql.startsWith("/*", at)) {
      at = endOfBlockComment(sql, at);
    } else {
      return at;
    }
  }
}

function endOfBlockComment(sql: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < sql.length) {
    if (sql.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith("*/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else {
      at += 1;
    }
  }
  return at;
}

export interface Explained {
  analyze: boolean;
  /** The statement that is explained: always a tail of the text, so the engine judges the very same words. */
  inner: string;
}

/** Null when the head is not in one of the plain shapes; then the statement is refused. */
export function explainHead(sql: string): Explained | null {
  const head = /^\s*EXPLAIN\b(\s+ANALY[ZS]E\b)?(\s*\((?:\s*(?:ANALY[ZS]E|FORMAT\s+[A-Z]+)\s*,?)+\))?\s*/i.exec(sql);
  if (head === null) return null;
  return { analyze: /ANALY[ZS]E/i.test(head[0]), inner: sql.slice(head[0].length) };
}

const NAME = '(?:"(?:[^"]|"")+"|[A-Za-z_][\\w$]*)';
const ADD_COLUMN = new RegExp(
  `^\\s*ALTER\\s+TABLE\\s+(?:IF\\s+EXISTS\\s+)?${NAME}(?:\\s*\\.\\s*${NAME}){0,2}\\s+ADD\\s+(?:COLUMN\\s+)?(?:IF\\s+NOT\\s+EXISTS\\s+)?`,
  "i",
);

/**
 * The column definition of `ALTER TABLE … ADD COLUMN <definition>`, or null. With a computed default the engine splits
 * that statement into several and cannot explain it; the definition alone can be judged inside a CREATE TABLE.
 */
export function addedColumn(sql: string): string | null {
  const head = ADD_COLUMN.exec(sql);
  return head === null ? null : sql.slice(head[0].length).replace(/[\s;]+$/, "");
}

const DYNAMIC = /\bquery(?:_table)?"?[\s\u0080-\uffff]*(?:\(|\/\*|--)/i;
/** What makes it hard to tell where a text value ends: comments, escapes, quoted names, dollar quotes. */
const HARD_TO_READ = /--|\/\*|\\|"|\$(?!\d)/;

/**
 * `query('…')` and `query_table('…')` choose their SQL while the engine binds, and the choice may depend on
 * `current_query()`: EXPLAIN would be shown one plan and the run another (measured). In doubt, text values count too.
 */
export function namesDynamicSql(sql: string): boolean {
  if (!DYNAMIC.test(sql)) return false;
  return HARD_TO_READ.test(sql) || DYNAMIC.test(sql.replaceAll(/'[^']*'/g, "''"));
}

/** The engine reads a statement only up to a NUL byte, and a lone surrogate becomes another character: it would run something else. */
export function isCutOrChanged(sql: string): boolean {
  return /[\0\p{Surrogate}]/u.test(sql);
}

/** Measured on 1.5.6: a deeply nested or long value in one of these overflows the stack or takes memory beyond every limit. */
const CRASHING = /\b(json_structure|json_contains|json_merge_patch|damerau_levenshtein)\b/i;

export function namesCrashingFunction(sql: string): boolean {
  if (!CRASHING.test(sql)) return false;
  return HARD_TO_READ.test(sql) || CRASHING.test(sql.replaceAll(/'[^']*'/g, "''"));
}
