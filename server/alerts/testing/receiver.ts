import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  /** In the order of arrival. */
  received: Received[];
  /** What it answers from now on; `hang` never answers, `cut` ends the connection. */
  answer: { status: number; body?: string; headers?: Record<string, string> } | "hang" | "cut";
  /** The JSON bodies that were taken with a 2xx, by their kind and title. */
  told(): string[];
}

/** A real web server on this machine that takes messages. */
export async function startReceiver(): Promise<Receiver> {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      receiver.received.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      const { answer } = receiver;
      if (answer === "hang") return;
      if (answer === "cut") return request.socket.destroy();
      if (answer.status < 300 && body.startsWith("{")) taken.push(wordsOf(JSON.parse(body)));
      response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: { status: 200 },
    told: () => [...taken],
  };
  return receiver;
}

function wordsOf({ kind, title }: { kind?: string; title?: string }): string {
  return `${kind}: ${title}`;
}
