import { expect, test } from "vitest";
import { parseWords } from "./parse-words";
import { usage } from "./usage";

test.each([
  [[], { name: "help" }],
  [["list", "--limit", "5", "--json"], { name: "list", limit: 5 }],
  [["show", "latest"], { name: "show", word: "latest" }],
  [["get", "latest", "--into", "a.duckdb"], { name: "get", word: "latest", into: "a.duckdb", force: false }],
  [["restore", "x", "--yes"], { name: "restore", word: "x", yes: true, records: null }],
  [
    ["restore", "x", "--with-records", "--history", "--of", "0a1b"],
    { name: "restore", word: "x", yes: false, records: { of: "0a1b", settingsOnly: false, history: true } },
  ],
  [["records"], { name: "records", of: null }],
  [
    ["records", "--bring-back", "--settings-only", "--yes"],
    { name: "bring-records", yes: true, of: null, settingsOnly: true, history: false },
  ],
  [["restore", "--undo"], { name: "undo", yes: false }],
  [
    ["backup", "--note", "before the sale", "--url", "https://a.example/"],
    { name: "backup", note: "before the sale", verify: false, url: "https://a.example", token: null },
  ],
  [["user", "reset", "a@example.com"], { name: "reset-password", email: "a@example.com" }],
])("%j is understood", (words, command) => {
  expect(parseWords(words)).toEqual(command);
});

test.each([
  [["lst"]],
  [["get", "latest"]],
  [["get", "--into", "a"]],
  [["restore"]],
  [["restore", "a", "b"]],
  [["restore", "a", "--history"]],
  [["restore", "--undo", "--with-records"]],
  [["records", "--yes"]],
  [["records", "--of", "../x"]],
  [["restore", "--undo", "a"]],
  [["list", "--yes"]],
  [["verify", "a", "--force"]],
  [["list", "--limit", "none"]],
  [["backup", "--url", "example.com"]],
  [["doctor", "--unknown"]],
  [["user", "delete", "a@example.com"]],
])("%j is wrong use, not a guess", (words) => {
  expect(() => parseWords(words)).toThrow(expect.objectContaining({ name: "WrongUse" }));
});

test("the help names every command and every exit code", () => {
  for (const word of ["list", "show", "get", "restore", "records", "verify", "backup", "doctor", "user reset", "130"]) {
    expect(usage("0.0.0")).toContain(`  ${word}`);
  }
});
