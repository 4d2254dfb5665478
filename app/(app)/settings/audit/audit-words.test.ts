import { expect, test } from "vitest";
import { detailWords } from "./audit-words";

test("a fact of an audit row reads as words, not as code", () => {
  expect(detailWords("withoutSafetyBackup", false)).toBe("without safety backup: no");
  expect(detailWords("confirmed", true)).toBe("confirmed: yes");
  expect(detailWords("failed", 0)).toBe("failed: 0");
});
