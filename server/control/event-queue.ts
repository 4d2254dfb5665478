import type { OperationEvent } from "./types";

export type NumberedEvent = OperationEvent & { sequence: number };

/** What one listener has not read yet. Bounded whatever the listener does. */
export interface EventQueue extends AsyncIterableIterator<NumberedEvent> {
  /** `passing`: only progress or a log line, which the next event of the same operation makes worthless. */
  push(event: NumberedEvent, passing: boolean): void;
  end(): void;
}

/** From here on each operation has its newest view only: a view is whole, so nothing but steps in between is lost. */
const COLLAPSE_ABOVE = 256;
/** Thousands of operations behind is a listener that reads no more; it is told to read the lists anew. */
const DROP_ABOVE = 1024;

export function createEventQueue(ended: () => void): EventQueue {
  const waiting: ((result: IteratorResult<NumberedEvent>) => void)[] = [];
  let queue: { event: NumberedEvent; passing: boolean }[] = [];
  let over = false;

  function makeRoom(next: NumberedEvent): void {
    const crowded = queue.length >= COLLAPSE_ABOVE;
    queue = queue.filter(({ event, passing }) => !((crowded || passing || event.type === "list") && same(event, next)));
    if (queue.length < DROP_ABOVE) return;
    const lost = queue.splice(0, queue.length - DROP_ABOVE + LISTS.length + 1);
    const numbers = lost.slice(-LISTS.length).map(({ event }) => event.sequence);
    const notices = numbers.flatMap((sequence, index) => {
      const list = LISTS[index];
      return list ? [{ event: { type: "list" as const, list, sequence }, passing: false }] : [];
    });
    queue.unshift(...notices);
  }

  function end(): void {
    if (over) return;
    over = true;
    queue = [];
    for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
    ended();
  }

  return {
    push(event, passing) {
      if (over) return;
      const reader = waiting.shift();
      if (reader) return reader({ done: false, value: event });
      makeRoom(event);
      queue.push({ event, passing });
    },
    end,
    next() {
      const first = queue.shift();
      if (first) return Promise.resolve({ done: false, value: first.event });
      if (over) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => waiting.push(resolve));
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const LISTS = ["status", "backups", "tokens"] as const;

function same(a: OperationEvent, b: OperationEvent): boolean {
  if (a.type === "operation") return b.type === "operation" && a.operation.id === b.operation.id;
  return b.type === "list" && a.list === b.list;
}
