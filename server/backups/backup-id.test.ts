import fc from "fast-check";
import { expect, test } from "vitest";
import { formatBackupId, isoSeconds, parseBackupId } from "./backup-id";

test("ids have the seed's form, with the word backup for a shutdown backup", () => {
  const time = new Date("2024-12-30T15:30:00Z");
  expect(formatBackupId({ database: "hesocial", type: "manual", time })).toBe("hesocial-manual-20241230-153000.duckdb");
  expect(formatBackupId({ database: "hesocial", type: "shutdown", time })).toBe(
    "hesocial-backup-20241230-153000.duckdb",
  );
  expect(isoSeconds(time)).toBe("2024-12-30T15:30:00Z");
});

test("every id that is formatted is read back as it was, whatever the database is called", () => {
  const types = fc.constantFrom("shutdown", "manual", "scheduled", "safety", "upload" as const);
  const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,30}$/), types, seconds, (database, type, second) => {
      const id = { database, type, time: new Date(second * 1000) };
      expect(parseBackupId(formatBackupId(id))).toEqual(id);
    }),
  );
});

test.each([
  "hesocial-manual-20241332-153000.duckdb",
  "hesocial-manual-20240230-153000.duckdb",
  "hesocial-manual-20241230-156000.duckdb",
  "hesocial-manual-20241230-153000.duckdb.json",
  "hesocial-nightly-20241230-153000.duckdb",
  "-manual-20241230-153000.duckdb",
  "notes.txt",
])("%s is not an id of ours", (name) => {
  expect(parseBackupId(name)).toBeNull();
});
