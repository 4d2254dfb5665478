import { expect, test } from "vitest";
import { type Asked, changeWords } from "./change-words";

const person = { id: "ada", email: "ada@nestegg.test", role: "admin" } as Extract<Asked, { what: "disable" }>["person"];

test("who disables or demotes their own account is told that it is theirs", () => {
  expect(changeWords({ what: "disable", person }, "ada").text).toContain("you are signed out at once");
  expect(changeWords({ what: "disable", person }, "bo").text).toContain("All their sessions end at once");
  expect(changeWords({ what: "role", person, role: "viewer" }, "ada").text).toContain("only another admin");
  expect(changeWords({ what: "role", person, role: "viewer" }, "bo").text).toContain("with their next click");
});
