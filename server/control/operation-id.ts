import type { Clock } from "../clock";

const TIME_DIGITS = 11;
const RANDOM_BYTES = 5;
const FORM = new RegExp(`^op_([0-9a-f]{${TIME_DIGITS}})[0-9a-f]{${RANDOM_BYTES * 2}}$`);

/**
 * Ids that sort as the operations began, and never twice in one millisecond: pages are cut by id. A clock that went
 * back since `newest` must not put a new operation below old ones.
 */
export function createOperationIds(clock: Clock, newest: string | null): () => string {
  let lastMs = timeOf(newest);
  return () => {
    lastMs = Math.max(clock.now().getTime(), lastMs + 1);
    return `op_${lastMs.toString(16).padStart(TIME_DIGITS, "0")}${clock.randomHex(RANDOM_BYTES)}`;
  };
}

/** Below every id of an operation that began at that time or later. */
export function operationIdFloor(time: Date): string {
  return `op_${Math.max(0, time.getTime()).toString(16).padStart(TIME_DIGITS, "0")}`;
}

export function isOperationId(text: string): boolean {
  return FORM.test(text);
}

function timeOf(id: string | null): number {
  const digits = id === null ? undefined : FORM.exec(id)?.[1];
  return digits === undefined ? 0 : Number.parseInt(digits, 16);
}
