import { expect, test } from "vitest";
import { isNewer } from "./restore-blockers";

test.each([
  ["v1.5.0", "1.5.6", false],
  ["v1.0.0+", "1.5.6", false],
  ["v1.6.0", "1.5.6", true],
  ["v2.0.0+", "1.9.1", true],
  ["v1.10.0", "1.9.1", true],
  ["unknown", "1.5.6", false],
])("a file of storage version %s is too new for DuckDB %s: %s", (storage, engine, newer) => {
  expect(isNewer(storage, engine)).toBe(newer);
});
