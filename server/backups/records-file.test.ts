import fc from "fast-check";
import { expect, test } from "vitest";
import { recordRowsSchema } from "../control/record-rows";
import { parseRecords, type RecordsFile, serializeRecords, writerOf } from "./records-file";

const how = {
  key: "backups/hesocial.records.json",
  databaseName: "hesocial",
  parseRows: (rows: unknown) => recordRowsSchema.parse(rows),
};
const person = {
  ...{ id: "usr_1", email: "ada@example.com", name: "Ada", role: "admin" as const, disabled: false },
  ...{ sessionVersion: 1, createdAt: "2024-12-30T15:30:00.000Z", externalIssuer: null, externalSubject: null },
};
const file: RecordsFile = {
  ...{ database: "hesocial", serverId: "0a1b", host: "h", appVersion: "1", writtenAt: "2024-12-30T15:30:00.000Z" },
  rows: {
    settings: [{ name: "settings:a", value: "{}" }],
    people: [person],
    tokens: [],
    channels: [],
    operations: [],
    audit: [],
  },
};
const bytes = serializeRecords(file);
const codeOf = (damaged: Uint8Array) => {
  try {
    parseRecords(damaged, how);
    return "read";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

test("what was written is read back as it was", () => {
  expect(parseRecords(bytes, how)).toEqual(file);
  expect(writerOf(bytes)).toBe("0a1b");
});

test("whatever byte is changed or cut off, it is refused or means the same", () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (place, turn, cut) => {
      const copy = cut ? bytes.slice(0, place) : bytes.slice();
      if (!cut) copy[place] = (copy[place] ?? 0) ^ turn;
      if (codeOf(copy) === "read") expect(parseRecords(copy, how)).toEqual(file);
      else expect(["backup_damaged", "conflict"]).toContain(codeOf(copy));
    }),
    { numRuns: 2_000 },
  );
});

test("a newer form, another database and a setting that is none are refused, each with its sentence", () => {
  const text = new TextDecoder().decode(bytes);
  const encode = (changed: string) => new TextEncoder().encode(changed);
  const newer = encode(text.replace('"version":1', '"version":2'));
  expect(() => parseRecords(newer, how)).toThrow(/newer Nestegg \(form 2, this one knows 1\)/);
  expect(() => parseRecords(bytes, { ...how, databaseName: "other" })).toThrow(/records of hesocial, not of other/);
  const foreign = { ...file, rows: { ...file.rows, settings: [{ name: "server-id", value: "x" }] } };
  expect(codeOf(serializeRecords(foreign))).toBe("backup_damaged");
});
