import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeWebStream } from "node:stream/web";
import { getNestegg } from "../../runtime-handle";
import { answerRest } from "./answer-rest";
import { restRoutes } from "./routes";
import { toWebStream } from "./to-web-stream";

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** More than the rest of any part of an upload; who sends on is cut off. */
const DRAIN_MAX_BYTES = 64 * 1024 * 1024;
const REST_PATHS = /^\/api\/(admin\/|(sql|metrics)(\?|$))/;

/**
 * Answers REST and SQL before Next, the rest by Next. Next's route handlers drop Content-Length, without which a download
 * has no progress and no end to check; and they take three times the CPU for a short statement (3.4 against 1.0 ms).
 */
export function withRest(pages: NodeHandler): NodeHandler {
  return async (request, response) => {
    if (!REST_PATHS.test(request.url ?? "")) return pages(request, response);
    await sendAnswer(
      await answerRest({ nestegg: getNestegg, routes: restRoutes }, toRequest(request, response)),
      response,
    );
  };
}

/** The signal aborts when the client leaves before the answer has gone out. */
export function toRequest(incoming: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, [value].flat().join(", "));
  }
  const init: RequestInit & { duplex?: "half" } = { method: incoming.method, headers, signal: gone.signal };
  if (incoming.method !== "GET" && incoming.method !== "HEAD") {
    // Giving the body up must not destroy the socket: the answer goes out by it.
    init.body = toWebStream(incoming.iterator({ destroyOnReturn: false }));
    init.duplex = "half";
  }
  return new Request(new URL(incoming.url ?? "/", "http://nestegg.invalid"), init);
}

/**
 * Browsers read no answer before their body is sent: what a refusal left unread is taken and thrown away. Begun before the
 * answer, because Node by itself would read to the end, however far that is.
 */
function drain(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  let bytes = 0;
  incoming.on("data", (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > DRAIN_MAX_BYTES) incoming.destroy();
  });
  incoming.resume();
}

export async function sendAnswer(answer: Response, response: ServerResponse): Promise<void> {
  drain(response.req);
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => void response.setHeader(name, value));
  if (!answer.body) return void response.end();
  // Known length: whole answers go out in one piece, with it.
  if (answer.headers.get("content-type")?.startsWith("application/json")) return void response.end(await answer.text());
  // A reader that leaves, or a source that breaks, ends in a cut connection: the client sees that bytes are missing.
  await pipeline(Readable.fromWeb(answer.body as NodeWebStream), response).catch(() => response.destroy());
}
