import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { expect, it } from "vitest";
import { parseSettings } from "../server/config";

/** Node reads it before any file of ours, so it must not look like something for .env. */
const ENVIRONMENT_ONLY = "UV_THREADPOOL_SIZE";
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

it("lists every setting that the server reads, and no other", () => {
  const listed = [...read("../.env.example").matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]);
  const sources = read("../server/config.ts") + read("../server/oidc-settings.ts");
  const known = [...sources.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]);
  expect([...listed, ENVIRONMENT_ONLY].sort()).toEqual(known.sort());
});

it("shows the values that hold without it", () => {
  const shown = parseEnv(read("../.env.example").replace(/^# (?=[A-Z][A-Z0-9_]+=)/gm, ""));
  expect(parseSettings(shown)).toEqual(parseSettings({}));
});
