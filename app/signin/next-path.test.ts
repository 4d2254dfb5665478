import { describe, expect, it } from "vitest";
import { ownPath } from "./next-path";

describe("the path to return to after sign-in", () => {
  it.each(["/", "/backups", "/backups?state=failed&page=2", "/activity/abc#log", "/settings/tokens"])(
    "keeps %s",
    (path) => {
      expect(ownPath(path)).toBe(path);
    },
  );

  it.each([
    undefined,
    "",
    "backups",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/..//evil.example\\",
    "https://evil.example/",
    "javascript:alert(1)",
    "/signin?next=/",
    "/api/auth/signout",
  ])("turns %j into the Overview", (path) => {
    expect(ownPath(path)).toBe("/");
  });

  it("cannot be led off the site by dots", () => {
    expect(new URL(ownPath("/a/../..//evil.example"), "http://own.invalid").origin).toBe("http://own.invalid");
  });
});
