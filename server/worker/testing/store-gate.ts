import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { StoreSettings } from "../../storage/object-store";

type R2Settings = Extract<StoreSettings, { kind: "r2" }>;
type GatedVerb = "startMultipart" | "putPart" | "copyPart" | "complete" | "abort" | "copy" | "other";

export interface GatedRequest {
  verb: GatedVerb;
  key: string;
  /** 0 where there is none. */
  partNumber: number;
}

interface Rule {
  moment: "before" | "after";
  verb: GatedVerb;
  which(request: GatedRequest): boolean;
  act(request: GatedRequest): Promise<unknown> | unknown;
}

export interface StoreGate {
  settings: R2Settings;
  requests: GatedRequest[];
  /** `act` is awaited before a request that fits is let through: to delay it, to hold it, to change the store behind its back. */
  before(verb: GatedVerb, act: Rule["act"], which?: Rule["which"]): void;
  /** The same when the store has done its work and its answer waits here. */
  after(verb: GatedVerb, act: Rule["act"], which?: Rule["which"]): void;
  /** The most requests of this kind that were under way at the same time. */
  mostAtOnce(verb: GatedVerb): number;
  /** How many parts of a key were asked to be stored so, repeats included. */
  partNumbers(verb: "putPart" | "copyPart", key: string): number[];
  clear(): void;
  stop(): Promise<void>;
}

/** Stands before an S3 server (or its faulty proxy) and lets a test act at the very moment a request arrives. */
export async function startStoreGate(target: R2Settings): Promise<StoreGate> {
  const url = new URL(target.endpoint);
  const rules: Rule[] = [];
  const requests: GatedRequest[] = [];
  const underWay = new Map<GatedVerb, number>();
  const most = new Map<GatedVerb, number>();
  const sockets = new Set<Socket>();

  const count = (verb: GatedVerb, change: number) => {
    const now = (underWay.get(verb) ?? 0) + change;
    underWay.set(verb, now);
    most.set(verb, Math.max(most.get(verb) ?? 0, now));
  };

  async function follow(moment: Rule["moment"], request: GatedRequest): Promise<void> {
    const fitting = rules.filter((rule) => rule.moment === moment && rule.verb === request.verb && rule.which(request));
    for (const rule of fitting) await rule.act(request);
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = describeRequest(incoming, url, target.bucket);
    requests.push(request);
    count(request.verb, 1);
    let isCounted = true;
    const uncount = () => {
      if (isCounted) count(request.verb, -1);
      isCounted = false;
    };
    outgoing.once("close", uncount);
    await follow("before", request);
    const answered = async () => {
      await follow("after", request);
      uncount();
    };
    await forward({ incoming, outgoing, target: url, answered });
  }

  const server = createServer((incoming, outgoing) => {
    // A client that was killed or gave up is part of the plan.
    incoming.on("error", () => undefined);
    outgoing.on("error", () => undefined);
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = new URL(url);
  endpoint.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    settings: { ...target, endpoint: endpoint.href },
    requests,
    before: (verb, act, which = () => true) => void rules.push({ moment: "before", verb, act, which }),
    after: (verb, act, which = () => true) => void rules.push({ moment: "after", verb, act, which }),
    mostAtOnce: (verb) => most.get(verb) ?? 0,
    partNumbers: (verb, key) =>
      requests.filter((request) => request.verb === verb && request.key === key).map(({ partNumber }) => partNumber),
    clear() {
      rules.length = 0;
      requests.length = 0;
      most.clear();
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function describeRequest(incoming: IncomingMessage, target: URL, bucket: string): GatedRequest {
  const { pathname, searchParams: query } = new URL(incoming.url ?? "/", target);
  const key = decodeURIComponent(pathname.slice(target.pathname.length))
    .replace(/^\//, "")
    .slice(bucket.length + 1);
  return {
    verb: verbOf(incoming.method ?? "", query, "x-amz-copy-source" in incoming.headers),
    key,
    partNumber: Number(query.get("partNumber") ?? 0),
  };
}

function verbOf(method: string, query: URLSearchParams, isCopy: boolean): GatedVerb {
  if (method === "POST") return query.has("uploads") ? "startMultipart" : "complete";
  if (!query.has("uploadId")) return method === "PUT" && isCopy ? "copy" : "other";
  if (method === "DELETE") return "abort";
  return isCopy ? "copyPart" : "putPart";
}

interface Forwarding {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  target: URL;
  /** Awaited when the answer is known and before it is given. */
  answered(): Promise<void>;
}

/** The Host header goes through untouched: it is signed. */
async function forward({ incoming, outgoing, target, answered }: Forwarding): Promise<void> {
  const { method, url: path, headers } = incoming;
  const upstream = openRequest({ host: target.hostname, port: target.port, method, path, headers });
  const arrival = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.once("error", reject);
  });
  outgoing.once("close", () => upstream.destroy());
  incoming.pipe(upstream);
  const answer = await arrival;
  const body = await buffer(answer);
  await answered();
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  outgoing.end(body);
}
