import { createEventQueue, type EventQueue, type NumberedEvent } from "./event-queue";
import type { OperationEvent, OperationView } from "./types";

/** Tells every open page what happens. Numbers grow over all listeners, so each one sees a growing row of them. */
export interface OperationEvents {
  /** `passing` news may be replaced by the next news of the same operation before it is read. */
  publish(event: OperationEvent, passing?: boolean): void;
  /** Hears from this call on, even before the first read; `present` comes first. */
  listen(signal: AbortSignal, present: OperationView[]): AsyncIterable<NumberedEvent>;
  close(): void;
}

export function createOperationEvents(): OperationEvents {
  const listeners = new Set<EventQueue>();
  let sequence = 0;

  const number = (event: OperationEvent): NumberedEvent => {
    sequence += 1;
    return { ...event, sequence };
  };
  return {
    publish(event, passing = false) {
      const numbered = number(event);
      for (const listener of [...listeners]) listener.push(numbered, passing);
    },
    listen(signal, present) {
      const stop = () => queue.end();
      const queue = createEventQueue(() => {
        listeners.delete(queue);
        signal.removeEventListener("abort", stop);
      });
      listeners.add(queue);
      for (const operation of present) queue.push(number({ type: "operation", operation }), false);
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      return queue;
    },
    close() {
      for (const listener of [...listeners]) listener.end();
    },
  };
}
