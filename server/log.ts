import { AsyncLocalStorage } from "node:async_hooks";
import pino, { type DestinationStream, type Logger } from "pino";
import { createRedaction } from "./redact";

export type Log = Logger;

interface OfOperation {
  operation: string;
  over: boolean;
}

/** Holds nothing itself: each chain of calls has its own. */
const ofOperation = new AsyncLocalStorage<OfOperation>();

export interface LogOptions {
  /** Words that may stand in no line, wherever they come from. */
  secrets?: readonly string[];
  destination?: DestinationStream;
}

/** JSON lines on stderr, so that stdout stays for the one line a person reads at start. */
export function createLog(level: string, { secrets = [], destination }: LogOptions = {}): Log {
  const redaction = createRedaction(secrets);
  const redact = (part: unknown): unknown => {
    // Named as pino names it, with its message as the line's when there is no other.
    if (part instanceof Error) return { err: redaction.value(part) };
    return typeof part === "string" ? redaction.text(part) : redaction.value(part);
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Pino's own would fold the causes into one text, and take what is a plain copy for an error.
      serializers: { err: (error: unknown) => error },
      mixin: () => {
        const operation = currentOperation();
        return operation === null ? {} : { operation };
      },
      hooks: {
        logMethod(parts, method) {
          const [first, ...rest] = parts as unknown[];
          const line = [redact(first), ...rest.map(redact)];
          if (first instanceof Error && rest.length === 0) line.push(redaction.text(first.message));
          method.apply(this, line as Parameters<typeof method>);
        },
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

/** Every line that is written by `work`, however far down, carries the operation's id; after its end none does. */
export async function logAsOperation<T>(operation: string, work: () => Promise<T>): Promise<T> {
  const chain: OfOperation = { operation, over: false };
  try {
    return await ofOperation.run(chain, work);
  } finally {
    // What it opened for longer (a database, a timer) must not speak in its name for ever.
    chain.over = true;
  }
}

/** The run that the present chain of calls belongs to. */
export function currentOperation(): string | null {
  const chain = ofOperation.getStore();
  return chain && !chain.over ? chain.operation : null;
}
