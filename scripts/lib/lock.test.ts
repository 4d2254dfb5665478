import { describe, expect, it } from "vitest";
import { type Lock, lockFaults, missingOptionalEntries, platformFromName, readLock, resolveEntry } from "./lock.mjs";

const path = new URL("../../package-lock.json", import.meta.url).pathname;

describe("package-lock.json", () => {
  it("has an entry for every optional dependency and names no registry", () => {
    expect(lockFaults(readLock(path))).toEqual([]);
  });

  it("is at fault when one platform's package is missing", () => {
    const lock = readLock(path);
    delete lock.packages["node_modules/@next/swc-darwin-arm64"];
    expect(lockFaults(lock)).toEqual([
      "@next/swc-darwin-arm64, an optional dependency of node_modules/next, has no entry",
    ]);
  });

  it("is at fault when an entry names the address it came from", () => {
    const lock: Lock = {
      packages: { "node_modules/a": { version: "1.0.0", resolved: "https://registry.test/a.tgz" } },
    };
    expect(lockFaults(lock)).toEqual(["node_modules/a names the address it was downloaded from"]);
  });
});

describe("resolveEntry", () => {
  const lock: Lock = {
    packages: {
      "": {},
      "node_modules/a": {},
      "node_modules/b": {},
      "node_modules/a/node_modules/b": {},
      "node_modules/a/node_modules/c": { optionalDependencies: { b: "1", d: "1" } },
    },
  };

  it("prefers the nearest folder, as Node does", () => {
    expect(resolveEntry(lock, "node_modules/a/node_modules/c", "b")).toBe("node_modules/a/node_modules/b");
    expect(resolveEntry(lock, "node_modules/b", "a")).toBe("node_modules/a");
    expect(resolveEntry(lock, "", "b")).toBe("node_modules/b");
  });

  it("finds nothing where there is nothing", () => {
    expect(missingOptionalEntries(lock).map((item) => item.name)).toEqual(["d"]);
  });
});

describe("platformFromName", () => {
  it.each([
    ["@next/swc-darwin-arm64", [], { os: ["darwin"], cpu: ["arm64"] }],
    ["@biomejs/cli-linux-x64-musl", [], { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
    [
      "@duckdb/bindings-linux-arm64",
      ["@duckdb/bindings-linux-arm64-musl"],
      { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] },
    ],
    ["@tailwindcss/oxide-linux-arm-gnueabihf", [], { os: ["linux"], cpu: ["arm"] }],
    ["@tailwindcss/oxide-win32-x64-msvc", [], { os: ["win32"], cpu: ["x64"] }],
    ["@tailwindcss/oxide-wasm32-wasi", [], { cpu: ["wasm32"] }],
  ])("reads %s", (name, siblings, expected) => {
    expect(platformFromName(name, siblings)).toEqual(expected);
  });

  it("refuses a name that says nothing", () => {
    expect(() => platformFromName("left-pad", [])).toThrow(/by hand/);
  });
});
