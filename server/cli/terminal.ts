import { createInterface } from "node:readline/promises";
import type { ReadStream, WriteStream } from "node:tty";
import { AppError } from "../errors";

const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = "\r\u001b[2K";

/** Where people read and answer. Results go to stdout by themselves; everything here goes to stderr. */
export interface Terminal {
  /** Somebody can be asked. */
  readonly interactive: boolean;
  /** A line may be drawn over again and again. */
  readonly moving: boolean;
  readonly columns: number;
  /** A line that stays. */
  say(text: string): void;
  /** The line that moves; an empty text takes it away. Nothing without a terminal. */
  draw(text: string): void;
  /** Throws `cancelled` when the signal aborts first. */
  ask(question: string, signal: AbortSignal): Promise<string>;
}

interface Streams {
  stdin: Pick<ReadStream, "isTTY"> & NodeJS.ReadableStream;
  stdout: Pick<WriteStream, "isTTY">;
  stderr: Pick<WriteStream, "isTTY" | "columns"> & NodeJS.WritableStream;
}

export function createTerminal({ stdin, stdout, stderr }: Streams, options: { json: boolean }): Terminal {
  const moving = Boolean(stdout.isTTY && stderr.isTTY) && !options.json;
  let drawn = false;
  const draw = (text: string) => {
    if (!moving || (text === "" && !drawn)) return;
    stderr.write(CLEAR_LINE + text);
    drawn = text !== "";
  };
  return {
    interactive: Boolean(stdin.isTTY && stderr.isTTY) && !options.json,
    moving,
    get columns() {
      return stderr.columns || DEFAULT_COLUMNS;
    },
    say(text) {
      draw("");
      stderr.write(`${text}\n`);
    },
    draw,
    async ask(question, signal) {
      draw("");
      const lines = createInterface({ input: stdin, output: stderr });
      // Ctrl-D ends the input without an answer.
      const over = new AbortController();
      lines.once("close", () => over.abort());
      lines.once("SIGINT", () => lines.close());
      try {
        return (await lines.question(question, { signal: AbortSignal.any([signal, over.signal]) })).trim();
      } catch (error) {
        stderr.write("\n");
        throw new AppError("cancelled", "Nobody answered; nothing was changed.", { cause: error });
      } finally {
        lines.close();
      }
    },
  };
}
