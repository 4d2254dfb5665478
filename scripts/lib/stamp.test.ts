import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuilt, stampOf } from "./stamp.mjs";

let root = "";
const write = (path: string, text: string) => {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nestegg-stamp-"));
  write("package-lock.json", "{}");
  write("server/main.ts", "1");
  write("app/page.tsx", "1");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a build's stamp", () => {
  it("changes with the lock and with each source, and tells server from pages", () => {
    const first = stampOf(root);
    expect(stampOf(root)).toEqual(first);
    write("app/page.tsx", "2");
    const page = stampOf(root);
    expect(page.server).toBe(first.server);
    expect(page.web).not.toBe(first.web);
    write("package-lock.json", "{ }");
    expect(stampOf(root).server).not.toBe(first.server);
    expect(stampOf(root).web).not.toBe(page.web);
  });

  it("notices a renamed file and content that moved from one file to the next", () => {
    write("server/a.ts", "xy");
    write("server/b.ts", "z");
    const before = stampOf(root).server;
    write("server/a.ts", "x");
    write("server/b.ts", "yz");
    expect(stampOf(root).server).not.toBe(before);
  });

  it("does not change with tests", () => {
    const before = stampOf(root);
    write("server/main.test.ts", "1");
    write("server/testing/help.ts", "1");
    expect(stampOf(root)).toEqual(before);
  });
});

describe("isBuilt", () => {
  it("holds only for the sources that were built, and only with both halves there", () => {
    expect(isBuilt(root)).toBe(false);
    write("dist/stamp.json", JSON.stringify(stampOf(root)));
    expect(isBuilt(root)).toBe(false);
    write(".next/BUILD_ID", "x");
    expect(isBuilt(root)).toBe(true);
    write("server/main.ts", "2");
    expect(isBuilt(root)).toBe(false);
  });

  it("takes an installation without sources as it is", () => {
    write("dist/stamp.json", JSON.stringify({ server: "a", web: "b" }));
    write(".next/BUILD_ID", "x");
    rmSync(join(root, "server"), { recursive: true });
    expect(isBuilt(root)).toBe(true);
  });
});
