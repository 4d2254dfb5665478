import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock";
import type { Log } from "../log";
import type { Health } from "../nestegg";
import { securityHeaders } from "./security-headers";

/** How long a client is asked to wait while the server starts or stops. */
const RETRY_AFTER_SECONDS = 5;
const BODY_LIMIT_BYTES = 1024 * 1024;
const REST_PATHS = /^\/api\/(admin\/|sql$)/;
const DOT_SEGMENT = /(^|[/\\])(\.|%2e){1,2}([/\\]|%2f|%5c|$)/i;
const PROGRESS_STREAM = "/api/trpc/operations.events";

export interface FrontDoorOptions {
  health(): Health;
  trustProxy: boolean;
  development: boolean;
  clock: Clock;
  log: Log;
  /** Next's handler; null until it is prepared. */
  pages(): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
}

export interface FrontDoor {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Requests being answered, the endless progress streams left out. */
  busy(): number;
}

/**
 * What stands before Next: health, "starting" and "stopping" for everybody else, the client's address, and the headers of every
 * answer. It works before Next is loaded and before the database is open.
 */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  let busy = 0;

  const answerHealth = (response: ServerResponse) => {
    const health = options.health();
    response.setHeader("Cache-Control", "no-store");
    sendJson(response, health.status === "ready" ? 200 : 503, health);
  };

  const refuse = (request: IncomingMessage, response: ServerResponse, status: "starting" | "stopping") => {
    const message = status === "starting" ? "Nestegg is starting." : "Nestegg is stopping and makes its last backup.";
    const hint = `Try again in ${RETRY_AFTER_SECONDS} seconds.`;
    response.setHeader("Retry-After", String(RETRY_AFTER_SECONDS));
    if (status === "stopping") response.setHeader("Connection", "close");
    if (pathOf(request).startsWith("/api/"))
      return sendJson(response, 503, { success: false, error: { code: status, message, hint } });
    response.writeHead(503, { "Content-Type": "text/html; charset=utf-8", Refresh: String(RETRY_AFTER_SECONDS) });
    response.end(waitingPage(message));
  };

  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const pages = options.pages();
    if (!pages) return refuse(request, response, "starting");
    const endless = pathOf(request).startsWith(PROGRESS_STREAM);
    if (!endless) {
      busy += 1;
      response.once("close", () => {
        busy -= 1;
      });
    }
    await pages(request, response);
  };

  return {
    busy: () => busy,
    handle(request, response) {
      const nonce = options.clock.randomHex(16);
      for (const [name, value] of securityHeaders(nonce, options.development)) response.setHeader(name, value);
      request.headers["x-nonce"] = nonce;
      request.headers["content-security-policy"] = String(response.getHeader("Content-Security-Policy"));
      request.headers["x-nestegg-address"] = addressOf(request, options.trustProxy);
      const path = pathOf(request);
      // What stands behind would fold "/_next/static/../../api" into another path than the one judged here.
      if (!path.startsWith("/") || DOT_SEGMENT.test(path))
        return refuseRequest(response, 400, "invalid_input", "This address is not a plain path.");
      if (path === "/api/health") return answerHealth(response);
      const { status } = options.health();
      const isStatic = path.startsWith("/_next/static/");
      if (status === "starting" && !isStatic) return refuse(request, response, "starting");
      if (status === "stopping" && !isStatic && !path.startsWith(PROGRESS_STREAM))
        return refuse(request, response, "stopping");
      if (!REST_PATHS.test(path) && bodyTooLarge(request)) {
        return refuseRequest(response, 413, "too_large", "The body is larger than 1 MiB, or its length is not said.");
      }
      // One bad request must not take the server down: an unhandled rejection would begin a stop.
      pass(request, response).catch((error: unknown) => {
        options.log.error({ err: error, path }, "a request failed outside of every handler");
        if (response.headersSent) response.destroy();
        else
          sendJson(response, 500, {
            success: false,
            error: { code: "internal", message: "Internal error.", hint: "Look at the server's log." },
          });
      });
    },
  };
}

function refuseRequest(response: ServerResponse, status: number, code: string, message: string): void {
  response.setHeader("Connection", "close");
  sendJson(response, status, {
    success: false,
    error: { code, message, hint: "Nothing was done; correct the request." },
  });
}

/** REST counts while it reads; what Next reads, it reads whole, before anybody has signed in. */
function bodyTooLarge(request: IncomingMessage): boolean {
  if (request.headers["transfer-encoding"] !== undefined) return true;
  return Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/** The last entry is the one that our own proxy added; what stands before it, the client may have written. */
function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = request.headers["x-forwarded-for"];
  const last = String(forwarded ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return (trustProxy && last) || (request.socket.remoteAddress ?? "unknown");
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body));
}

function waitingPage(message: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${message}</title><h1>${message}</h1><p>This page continues by itself.</p></html>`;
}
