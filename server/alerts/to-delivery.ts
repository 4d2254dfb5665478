import type { DeliveryRow } from "../control/alert-records";
import type { AlertDelivery } from "../nestegg-operate";

/** What people see of it: not the message itself. */
export function toDelivery(row: DeliveryRow): AlertDelivery {
  const { id, channelId, event, kind, title, state, attempts, createdAt, finishedAt, answer, nextTryAt } = row;
  return { id, channelId, event, kind, title, state, attempts, createdAt, finishedAt, answer, nextTryAt };
}
