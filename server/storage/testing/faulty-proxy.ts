import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { StoreSettings } from "../object-store";
import type { StoreVerb } from "../request-counter";
import { FAULT_ANSWERS, type Fault } from "./faults";
import { seededRandom } from "./seeded-random";

type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

export interface ProxiedRequest {
  method: string;
  /** What the request does, in the words of the store's interface; null for anything else (a tagging call, say). */
  verb: StoreVerb | null;
  /** Decoded; empty for a listing. */
  key: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  /** What was done to it, or null; and the status that the client was sent, if any. */
  fault: Fault["kind"] | null;
  status: number | null;
  /** Requests under way when this one came, with itself. */
  atOnce: number;
}

interface Injection {
  fault: Fault;
  /** All requests by default. */
  when?: (request: ProxiedRequest) => boolean;
  /** For so many requests that match; without it until `remove`. */
  times?: number;
  /** Chance per matching request, from the seeded random. */
  probability?: number;
  /** Only each so-manieth matching request: every fault is met, and never one request five times in a row. */
  every?: number;
}

export interface FaultyProxy {
  settings: R2Settings;
  /** The newest injection that matches wins. */
  inject(injection: Injection): { remove(): void };
  clear(): void;
  requests: ProxiedRequest[];
  /** The bucket's rules, which the simulator does not have: kept here as they were put; null: none. */
  lifecycle: { xml: string | null };
  /** Connections of clients that are open now. */
  connections(): number;
  /** Nobody answers at the address: connections are refused. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Stands before an S3 server and does to chosen requests what networks, R2 and administrators do. Forwards the Host
 * header untouched: it is signed.
 */
export async function startFaultyProxy(options: { target: R2Settings; seed?: number }): Promise<FaultyProxy> {
  const target = new URL(options.target.endpoint);
  const random = seededRandom(options.seed ?? 1);
  const injections: Injection[] = [];
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const turns = new Map<Injection, number>();
  let underWay = 0;
  const lastWrites = new Map<string, number>();
  const lifecycle: FaultyProxy["lifecycle"] = { xml: null };

  function isTurn(injection: Injection): boolean {
    const count = (turns.get(injection) ?? 0) + 1;
    turns.set(injection, count);
    return count % (injection.every ?? 1) === 0;
  }

  function chooseFault(request: ProxiedRequest): Fault | null {
    for (const injection of [...injections].reverse()) {
      if (injection.when && !injection.when(request)) continue;
      if (injection.probability !== undefined && random() >= injection.probability) continue;
      if (injection.every !== undefined && !isTurn(injection)) continue;
      if (injection.fault.kind === "one-write-per-second" && !tooSoon(request)) continue;
      if (injection.times !== undefined) {
        injection.times -= 1;
        if (injection.times <= 0) injections.splice(injections.indexOf(injection), 1);
      }
      return injection.fault;
    }
    return null;
  }

  /** R2's limit as it is: a write to a key within a second of the last one that was let through. */
  function tooSoon(request: ProxiedRequest): boolean {
    if (request.verb !== "put" && request.verb !== "copy" && request.verb !== "complete") return false;
    const now = Date.now();
    if (now - (lastWrites.get(request.key) ?? 0) < 1000) return true;
    lastWrites.set(request.key, now);
    return false;
  }

  const server = createServer((incoming, outgoing) => {
    const request = describeRequest(incoming, target, options.target.bucket);
    requests.push(request);
    const fault = chooseFault(request);
    request.fault = fault?.kind ?? null;
    underWay += 1;
    request.atOnce = underWay;
    outgoing.once("close", () => {
      underWay -= 1;
    });
    outgoing.once("finish", () => {
      request.status = outgoing.statusCode;
    });
    // A connection that a fault or the client cuts is part of the plan.
    incoming.on("error", () => undefined);
    outgoing.on("error", () => undefined);
    if (fault && answerItself(fault, incoming, outgoing)) return;
    if (request.query.has("lifecycle") && (!fault || fault.kind === "date")) {
      void answerLifecycle(lifecycle, { incoming, outgoing, fault });
      return;
    }
    if (fault?.kind === "hold") fault.until.then(() => forward({ incoming, outgoing, target, fault }));
    else forward({ incoming, outgoing, target, fault });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const port = await listen(0);
  const endpoint = new URL(target);
  endpoint.host = `127.0.0.1:${port}`;

  return {
    settings: { ...options.target, endpoint: endpoint.href },
    requests,
    lifecycle,
    connections: () => sockets.size,
    inject(injection) {
      const own = { ...injection };
      injections.push(own);
      return {
        remove() {
          const index = injections.indexOf(own);
          if (index >= 0) injections.splice(index, 1);
        },
      };
    },
    clear: () => {
      injections.length = 0;
    },
    goAway: close,
    comeBack: async () => {
      await listen(port);
    },
    stop: close,
  };
}

function describeRequest(incoming: IncomingMessage, target: URL, bucket: string): ProxiedRequest {
  const url = new URL(incoming.url ?? "/", "http://proxy");
  const path = decodeURIComponent(url.pathname.slice(target.pathname.length)).replace(/^\//, "");
  const key = path.slice(bucket.length + 1);
  const method = incoming.method ?? "";
  const verb = verbOf(method, { key, query: url.searchParams, isCopy: "x-amz-copy-source" in incoming.headers });
  return {
    method,
    verb,
    key,
    query: url.searchParams,
    headers: incoming.headers,
    fault: null,
    status: null,
    atOnce: 0,
  };
}

function verbOf(
  method: string,
  { key, query, isCopy }: { key: string; query: URLSearchParams; isCopy: boolean },
): StoreVerb | null {
  if (query.has("tagging")) return null;
  if (query.has("lifecycle")) return method === "GET" ? "getLifecycle" : method === "PUT" ? "putLifecycle" : null;
  const isUpload = query.has("uploadId");
  if (method === "GET") return key === "" ? (query.has("uploads") ? "listUploads" : "list") : "get";
  if (method === "HEAD") return "head";
  if (method === "DELETE") return isUpload ? "abort" : "delete";
  if (method === "POST") return query.has("uploads") ? "startMultipart" : "complete";
  if (method === "PUT" && isUpload) return isCopy ? "copyPart" : "putPart";
  if (method === "PUT") return isCopy ? "copy" : "put";
  return null;
}

/** Faults that never reach the store. False for the others. */
function answerItself(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  if (fault.kind === "reset-before") {
    incoming.socket.destroy();
    return true;
  }
  if (fault.kind === "never-answer") {
    incoming.resume();
    return true;
  }
  const answer = fault.kind === "status" ? fault : FAULT_ANSWERS[fault.kind];
  if (!answer) return false;
  // The body is taken first, as a server does: an early answer would look like a reset to the client.
  if (!answer.isEarly) incoming.resume();
  const sendAnswer = () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${answer.code}</Code><Message>injected</Message></Error>${answer.bodyTail ?? ""}`;
    const dateMs = Date.now() + (answer.dateOffsetMs ?? 0);
    outgoing.writeHead(answer.status, {
      "content-type": "application/xml",
      date: new Date(dateMs).toUTCString(),
      ...answer.headers,
    });
    outgoing.end(incoming.method === "HEAD" ? undefined : xml);
  };
  if (answer.isEarly) sendAnswer();
  else incoming.once("end", sendAnswer);
  return true;
}

/** R2's answers about rules: a put replaces all; the checksums that R2 does not know for this call are refused, a wrong one too. */
async function answerLifecycle(
  lifecycle: { xml: string | null },
  { incoming, outgoing, fault }: { incoming: IncomingMessage; outgoing: ServerResponse; fault: Fault | null },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const offsetMs = fault?.kind === "date" ? fault.offsetMs : 0;
  const answer = (status: number, text = "") => {
    outgoing.writeHead(status, {
      "content-type": "application/xml",
      date: new Date(Date.now() + offsetMs).toUTCString(),
    });
    outgoing.end(text);
  };
  const refuse = (status: number, code: string) =>
    answer(
      status,
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>modelled</Message></Error>`,
    );
  if (incoming.method === "GET") {
    return lifecycle.xml === null ? refuse(404, "NoSuchLifecycleConfiguration") : answer(200, lifecycle.xml);
  }
  if (incoming.method === "DELETE") {
    lifecycle.xml = null;
    return answer(204);
  }
  if ("x-amz-sdk-checksum-algorithm" in incoming.headers) return refuse(501, "NotImplemented");
  const digest = createHash("md5").update(body).digest("base64");
  if (incoming.headers["content-md5"] !== digest) return refuse(400, "BadDigest");
  const xml = body.toString("utf8");
  if (!/<LifecycleConfiguration[^>]*>(?:<Rule>[\s\S]*<\/Rule>)<\/LifecycleConfiguration>/.test(xml))
    return refuse(400, "MalformedXML");
  lifecycle.xml = xml;
  answer(200);
}

interface Forwarding {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  target: URL;
  fault: Fault | null;
}

function forward({ incoming, outgoing, target, fault }: Forwarding): void {
  const upstream = openRequest(
    {
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    },
    (answer) => {
      answer.on("error", () => outgoing.destroy());
      if (fault?.kind === "reset-after") {
        // Not before the store has finished: the point of a lost answer is that the work was done.
        answer.resume();
        answer.once("end", () => incoming.socket.destroy());
        return;
      }
      const headers = { ...answer.headers };
      if (fault?.kind === "date") headers.date = new Date(Date.now() + fault.offsetMs).toUTCString();
      outgoing.writeHead(answer.statusCode ?? 502, headers);
      if (fault?.kind === "truncate" || fault?.kind === "stall") cutBody(answer, outgoing, fault);
      else if (fault?.kind === "slow") slowBody(answer, outgoing, fault.bytesPerSecond);
      else answer.pipe(outgoing);
    },
  );
  upstream.on("error", () => outgoing.destroy());
  outgoing.once("close", () => upstream.destroy());
  incoming.pipe(upstream);
}

function cutBody(answer: IncomingMessage, outgoing: ServerResponse, fault: { kind: string; afterBytes: number }): void {
  let left = fault.afterBytes;
  answer.on("data", (chunk: Buffer) => {
    if (left <= 0) return;
    const last = chunk.byteLength >= left;
    const piece = chunk.subarray(0, left);
    left -= piece.byteLength;
    outgoing.write(piece, () => {
      if (last && fault.kind === "truncate") outgoing.destroy();
    });
  });
  // A body shorter than the cut goes through whole.
  answer.once("end", () => {
    if (left > 0) outgoing.end();
  });
}

async function slowBody(answer: IncomingMessage, outgoing: ServerResponse, bytesPerSecond: number): Promise<void> {
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (outgoing.destroyed) return;
      outgoing.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, (chunk.byteLength / bytesPerSecond) * 1000));
    }
    outgoing.end();
  } catch (error) {
    // The store went away in the middle of the body: so does the answer.
    outgoing.destroy(error as Error);
  }
}
