import { count } from "drizzle-orm";
import { expect, test } from "vitest";
import { createAlertRecords, type DeliveryRow } from "./alert-records";
import { createAudit } from "./audit";
import { createPatientWrites } from "./patient-writes";
import { alertDeliveries } from "./schema";
import { listeningLog, openTestDatabase } from "./testing/test-control";

const AT = "2024-12-30T15:30:00.000Z";

function delivery(number: number, state: DeliveryRow["state"]): DeliveryRow {
  const facts = { event: "backup-failed", kind: "happened", title: "A backup failed", key: "backup" } as const;
  const message = { ...facts, text: "", hint: null, since: null, at: AT, backupId: null, operationId: null };
  const times = { createdAt: AT, finishedAt: null, answer: null, nextTryAt: null };
  return { ...facts, ...times, id: `d${String(number).padStart(6, "0")}`, channelId: "c", message, state, attempts: 1 };
}

test("a start removes what is too much of the log of deliveries, but nothing that waits", async () => {
  const { database, clock } = await openTestDatabase();
  const writes = createPatientWrites({ database, clock, log: listeningLog().log, faultChanged: () => undefined });
  const rows = Array.from({ length: 1_040 }, (_, number) => delivery(number, number === 0 ? "waiting" : "sent"));
  for (let from = 0; from < rows.length; from += 100) {
    await database.batch([database.db.insert(alertDeliveries).values(rows.slice(from, from + 100))]);
  }
  const records = createAlertRecords({ database, writes, audit: createAudit({ database, writes, clock }) });
  expect((await records.load()).waiting.map(({ id }) => id)).toEqual(["d000000"]);
  const left = await database.read((db) => db.select({ rows: count() }).from(alertDeliveries));
  expect(left).toEqual([{ rows: 1_001 }]);
});
