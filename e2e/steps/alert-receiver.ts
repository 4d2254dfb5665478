import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface AlertReceiver {
  url: string;
  bodies: string[];
  /** From now on. */
  answer: { status: number; body: string };
  close(): Promise<void>;
}

/** A place that alerts go to: a web server on this machine. */
export async function startAlertReceiver(): Promise<AlertReceiver> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    receiver.bodies.push(body);
    response.writeHead(receiver.answer.status).end(receiver.answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver: AlertReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: [],
    answer: { status: 200, body: "ok" },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
