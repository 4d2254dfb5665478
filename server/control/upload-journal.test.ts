import { expect, test } from "vitest";
import { openTestControl } from "./testing/test-control";

test("uploads that were begun and not finished are known to the next start, in their order", async () => {
  const { control, clock, reopen } = await openTestControl();
  await control.uploads.add({ key: "backups/a.duckdb", uploadId: "u1", operationId: "op_1" });
  await clock.advance(1_000);
  await control.uploads.add({ key: "backups/a.duckdb", uploadId: "u2", operationId: "op_1" });
  await clock.advance(1_000);
  await control.uploads.add({ key: "backups/b.duckdb", uploadId: "u3", operationId: "op_2" });
  await control.uploads.remove("u1");
  await control.uploads.remove("never begun");
  const next = await reopen();
  expect(await next.uploads.list()).toEqual([
    { key: "backups/a.duckdb", uploadId: "u2", operationId: "op_1", createdAt: "2024-12-30T15:30:01.000Z" },
    { key: "backups/b.duckdb", uploadId: "u3", operationId: "op_2", createdAt: "2024-12-30T15:30:02.000Z" },
  ]);
});
