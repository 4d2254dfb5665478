import type { OperationEvent } from "./types";

export type NumberedEvent = OperationEvent & { sequence: number };

/** What one listener has not read yet. Bounded whatever the listener does. */
export interface EventQueue extends AsyncIterableIterator<NumberedEvent> {
  /** `passing`: only progress or a log line, which the next event of the same operation makes worthless. */
  push(event: NumberedEvent, passing: boolean): void;
  end(): void;
}

interface Entry {
  event: NumberedEvent;
  passing: boolean;
}

/** From here on each operation has its newest view only: a view is whole, so nothing but steps in between is lost. */
const COLLAPSE_ABOVE = 256;
/** Thousands of operations behind is a listener that reads no more; it is told to read the lists anew. */
const DROP_ABOVE = 1024;
const LISTS = ["status", "backups", "tokens"] as const;

export function createEventQueue(ended: () => void): EventQueue {
  const readers: ((result: IteratorResult<NumberedEvent>) => void)[] = [];
  /** By sequence, oldest first. */
  const entries = new Map<number, Entry>();
  const sequencesOf = new Map<string, number[]>();
  /** Stand in for what was dropped, under the numbers of the newest of it. */
  let notices: NumberedEvent[] = [];
  let over = false;

  function add(entry: Entry): void {
    const topic = topicOf(entry.event);
    const crowded = entries.size >= COLLAPSE_ABOVE;
    const kept = (sequencesOf.get(topic) ?? []).filter((sequence) => {
      const old = entries.get(sequence);
      if (old && !crowded && !old.passing && old.event.type !== "list") return true;
      entries.delete(sequence);
      return false;
    });
    sequencesOf.set(topic, [...kept, entry.event.sequence]);
    entries.set(entry.event.sequence, entry);
    if (entries.size > DROP_ABOVE) dropOldest();
  }

  function dropOldest(): void {
    const dropped = [...entries.values()].slice(0, LISTS.length);
    for (const { event } of dropped) remove(event);
    notices = dropped.flatMap(({ event: { sequence } }, index) => {
      const list = LISTS[index];
      return list ? [{ type: "list" as const, list, sequence }] : [];
    });
  }

  function remove(event: NumberedEvent): void {
    const topic = topicOf(event);
    const rest = sequencesOf.get(topic)?.filter((sequence) => sequence !== event.sequence) ?? [];
    if (rest.length > 0) sequencesOf.set(topic, rest);
    else sequencesOf.delete(topic);
    entries.delete(event.sequence);
  }

  function take(): NumberedEvent | undefined {
    const notice = notices.shift();
    if (notice) return notice;
    const [first] = entries.values();
    if (first) remove(first.event);
    return first?.event;
  }

  function end(): void {
    if (over) return;
    over = true;
    entries.clear();
    sequencesOf.clear();
    notices = [];
    for (const resolve of readers.splice(0)) resolve({ done: true, value: undefined });
    ended();
  }

  return {
    push(event, passing) {
      if (over) return;
      const reader = readers.shift();
      if (reader) reader({ done: false, value: event });
      else add({ event, passing });
    },
    end,
    next() {
      const event = take();
      if (event) return Promise.resolve({ done: false, value: event });
      if (over) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => readers.push(resolve));
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

function topicOf(event: OperationEvent): string {
  return event.type === "list" ? event.list : event.operation.id;
}
