import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkDocuments } from "./doc-paths.mjs";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nestegg-docs-"));
  mkdirSync(join(root, "server/backups"), { recursive: true });
  mkdirSync(join(root, "docs"));
  writeFileSync(join(root, "server/backups/create.ts"), "");
  writeFileSync(join(root, "docs/sql.md"), "[back](../README.md)");
  writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { verify: "x" } }));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const faultsOf = (readme: string) => {
  writeFileSync(join(root, "README.md"), readme);
  return checkDocuments(root).faults;
};

it("finds quoted files, folders, links and scripts that are not there", () => {
  const readme = "`server/backups/gone.ts`\n[sql](docs/gone.md)\n```\nnpm run gone\n```\nsee `docs/none/`";
  expect(faultsOf(readme)).toEqual([
    "README.md:1 server/backups/gone.ts: no such file",
    "README.md:2 ./docs/gone.md: no such file",
    "README.md:4 npm run gone: package.json has no such script",
    "README.md:6 docs/none/: no such file",
  ]);
});

it("accepts what is there, addresses, media types and patterns", () => {
  const readme =
    "`server/backups/create.ts:12` [sql](docs/sql.md#types) <https://a.test/b> [web](https://a.test) `text/plain` `server/*/create.ts` `npm run verify`";
  expect(faultsOf(readme)).toEqual([]);
});

it("does not ask for files that only a started server has", () => {
  mkdirSync(join(root, "data"));
  expect(faultsOf("backups go to `data/bucket`")).toEqual([]);
});
