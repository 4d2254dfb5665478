// @ts-check

/**
 * @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import
 */

/**
 * The source with comments and the text of template literals blanked out (line breaks stay), so that what is searched
 * for is code. Not a parser: it leans on the formatter, which verify runs beside it.
 * @param {string} source
 * @returns {string}
 */
export function maskSource(source) {
  const blank = (/** @type {string} */ text) => text.replace(/[^\n]/g, " ");
  let out = "";
  let at = 0;
  /** Depth of braces at which each open `${` ends. @type {number[]} */
  const templates = [];
  let depth = 0;
  while (at < source.length) {
    const rest = source.slice(at, at + 2);
    const char = source[at] ?? "";
    let end = at + 1;
    if (rest === "//") end = ends(source.indexOf("\n", at));
    else if (rest === "/*") end = ends(source.indexOf("*/", at + 2), 2);
    if (end > at + 1 || rest === "//") {
      out += blank(source.slice(at, end));
      at = Math.max(end, at + 1);
      continue;
    }
    if (char === '"' || char === "'" || (char === "/" && startsRegex(out))) {
      end = endOfQuoted(source, at, char);
      out += char === "/" ? blank(source.slice(at, end)) : source.slice(at, end);
    } else if (char === "`" || (char === "}" && templates.at(-1) === depth)) {
      if (char === "}") templates.pop();
      const text = endOfTemplateText(source, at + 1);
      out += char + blank(source.slice(at + 1, text.end));
      end = text.end;
      if (text.opensCode) templates.push(depth);
    } else {
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      out += char;
    }
    at = end;
  }
  return out;

  /**
   * @param {number} found
   * @param {number} [length]
   */
  function ends(found, length = 0) {
    return found === -1 ? source.length : found + length;
  }
}

/** @param {string} before everything up to a slash */
function startsRegex(before) {
  return /(^|[(,=:[!&|?{};+\n]|=>|\breturn|\bcase)\s*$/.test(before.slice(-40));
}

/**
 * @param {string} source
 * @param {number} start
 * @param {string} quote
 */
function endOfQuoted(source, start, quote) {
  let inClass = false;
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source[at];
    if (char === "\\") at += 1;
    else if (char === "\n") return at;
    else if (quote === "/" && char === "[") inClass = true;
    else if (quote === "/" && char === "]") inClass = false;
    else if (char === quote && !inClass) return at + 1;
  }
  return source.length;
}

/**
 * @param {string} source
 * @param {number} start
 */
function endOfTemplateText(source, start) {
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "`") return { end: at + 1, opensCode: false };
    else if (source[at] === "$" && source[at + 1] === "{") return { end: at + 2, opensCode: true };
  }
  return { end: source.length, opensCode: false };
}

/**
 * Static imports, re-exports and `import()`. `import { type A }` counts as a value: it runs the module.
 * @param {string} masked
 * @returns {Import[]}
 */
export function importsOf(masked) {
  const lineOf = (/** @type {number} */ index) => masked.slice(0, index).split("\n").length;
  const statements = [...masked.matchAll(/^(?:import|export)\b(\s+type\b)?[^"';]*?["']([^"'\n]+)["'];?$/gm)]
    // `export const a = "text"` looks alike and imports nothing.
    .filter((match) => /^import\b|\bfrom\s*["'][^"']+["'];?$/.test(match[0]));
  const calls = [...masked.matchAll(/\bimport\(\s*(["'])([^"'\n]+)\1\s*\)(\.[A-Z])?/g)];
  return [
    ...statements.map((match) => ({
      specifier: match[2] ?? "",
      typeOnly: Boolean(match[1]),
      line: lineOf(match.index),
    })),
    // `import("x").Name` with a capital is a type.
    ...calls.map((match) => ({ specifier: match[2] ?? "", typeOnly: Boolean(match[3]), line: lineOf(match.index) })),
  ];
}

/**
 * Lines on which a module does something just by being loaded.
 * @param {string} masked
 * @returns {number[]}
 */
export function sideEffectLines(masked) {
  const acts =
    /^(await|void|new|if|for|while|do|try|switch|throw|delete)\b|^[\w.]+(\(|\?\.|`)|^[\w.[\]]+\s*([-+*|&?]*=)[^=>]/;
  const lines = masked.split("\n");
  return lines.flatMap((line, index) =>
    acts.test(line) && !/^(import|export|function)\b/.test(line) ? [index + 1] : [],
  );
}
