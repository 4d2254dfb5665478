// @ts-check
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Paths and npm scripts that the documents quote and that are not there.
 * @param {string} root
 * @returns {{ files: number, faults: string[] }}
 */
export function checkDocuments(root) {
  const inDocs = existsSync(join(root, "docs"))
    ? readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    : [];
  const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...inDocs.map((name) => join("docs", name))];
  const present = documents.filter((name) => name.endsWith(".md") && existsSync(join(root, name)));
  return { files: present.length, faults: present.flatMap((name) => faultsOf(root, name)) };
}

/**
 * @param {string} root
 * @param {string} document
 * @returns {string[]}
 */
function faultsOf(root, document) {
  const text = readFileSync(join(root, document), "utf8");
  // What a started server leaves in a checkout is no folder of ours, and documents name files in it that come and go.
  const tops = readdirSync(root).filter((name) => name !== "data");
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return quotesOf(text).flatMap(({ line, path, script }) => {
    if (script !== undefined)
      return script in scripts ? [] : [`${document}:${line} npm run ${script}: package.json has no such script`];
    if (path === undefined) return [];
    const [file = ""] = path.split("#");
    const fromDocument = join(dirname(document), file);
    if (file === "" || pathExists(root, fromDocument) || pathExists(root, file)) return [];
    // Inline code is a path only when it begins in a folder of ours: `text/plain` is not.
    return tops.includes(file.split("/")[0] ?? "") || path.startsWith("./")
      ? [`${document}:${line} ${path}: no such file`]
      : [];
  });
}

/**
 * @param {string} text
 * @returns {{ line: number, path?: string, script?: string }[]}
 */
export function quotesOf(text) {
  let fenced = false;
  return text.split("\n").flatMap((content, index) => {
    if (/^\s*```/.test(content)) fenced = !fenced;
    const line = index + 1;
    const scripts = [...content.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map((match) => ({
      line,
      script: match[1] ?? "",
    }));
    if (fenced) return scripts;
    const links = [...content.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map((match) => `./${match[1]}`);
    const code = [...content.matchAll(/`([\w.@[\]()*-]+(?:\/[\w.@[\]()*-]*)+)(?::\d+)?`/g)].map(
      (match) => match[1] ?? "",
    );
    return [...scripts, ...[...links, ...code].map((path) => ({ line, path }))];
  });
}

/**
 * Of a pattern, the folder that it begins with must be there.
 * @param {string} root
 * @param {string} path
 */
function pathExists(root, path) {
  const fixed = path.includes("*") ? dirname(path.slice(0, path.indexOf("*") + 1)) : path;
  return existsSync(join(root, fixed));
}
