import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { StoreSettings } from "../../server/storage/object-store";
import { deferred } from "./deferred";

type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

export interface GateHold {
  /** Resolves when the first request waits. */
  readonly caught: Promise<void>;
  /** Lets those that wait, and all later ones, through. */
  release(): void;
}

export interface StoreGate {
  settings: R2Settings;
  /** Requests of this kind wait until they are released: an upload that is as slow as a test needs it. */
  hold(when: (request: { method: string; path: string; query: URLSearchParams }) => boolean): GateHold;
  stop(): Promise<void>;
}

/** Stands before an S3 server. The Host header goes through untouched: it is signed. */
export async function startStoreGate(target: R2Settings): Promise<StoreGate> {
  const behind = new URL(target.endpoint);
  const holds = new Set<{ when: Parameters<StoreGate["hold"]>[0]; wait(): Promise<void> }>();

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", behind);
    const request = { method: incoming.method ?? "", path: decodeURIComponent(url.pathname), query: url.searchParams };
    for (const hold of [...holds]) if (hold.when(request)) await hold.wait();
    const { method, url: path, headers } = incoming;
    const upstream = openRequest({ host: behind.hostname, port: behind.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.once("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }

  const server = createServer((incoming, outgoing) => {
    incoming.on("error", () => outgoing.destroy());
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = new URL(behind);
  endpoint.port = String((server.address() as AddressInfo).port);

  return {
    settings: { ...target, endpoint: endpoint.href },
    hold(when) {
      const caught = deferred();
      const open = deferred();
      const hold = {
        when,
        wait() {
          caught.resolve();
          return open.promise;
        },
      };
      holds.add(hold);
      return {
        caught: caught.promise,
        release() {
          holds.delete(hold);
          open.resolve();
        },
      };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
