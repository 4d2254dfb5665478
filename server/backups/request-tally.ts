import type { RequestCounts } from "../storage/object-store";

/** Requests to the store that nobody's own counter has: those of workers, which end with their processes. */
export interface RequestTally {
  add(counts: RequestCounts): void;
  read(): RequestCounts;
}

export const NO_REQUESTS: Readonly<RequestCounts> = { classA: 0, classB: 0, free: 0 };

export function createRequestTally(): RequestTally {
  let sum: RequestCounts = NO_REQUESTS;
  return {
    add: (counts) => {
      sum = addRequests(sum, counts);
    },
    read: () => sum,
  };
}

export function addRequests(a: RequestCounts, b: RequestCounts): RequestCounts {
  return { classA: a.classA + b.classA, classB: a.classB + b.classB, free: a.free + b.free };
}

/** What was sent between two readings of one counter. */
export function requestsSince(before: RequestCounts, now: RequestCounts): RequestCounts {
  return {
    classA: Math.max(0, now.classA - before.classA),
    classB: Math.max(0, now.classB - before.classB),
    free: Math.max(0, now.free - before.free),
  };
}
