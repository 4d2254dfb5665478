import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encode } from "next-auth/jwt";
import { ADDRESS_HEADER } from "../address";
import { answerTrpc } from "../answer-trpc";
import type { Report } from "../failure";
import { answerRest } from "../rest/answer-rest";
import { sendAnswer, toRequest } from "../rest/node-door";
import { restRoutes } from "../rest/routes";
import { SESSION_SECONDS, sessionCookieName } from "../session-cookie";
import type { FakeNestegg } from "./fake-nestegg";

export interface ServedApi {
  url: string;
  port: number;
  /** Unforeseen errors that reached the log, by the id that the answer names. */
  reported: { id: string; error: unknown }[];
  close(): Promise<void>;
}

/** The handlers behind a real HTTP server, wired as the route files wire them, without Next. */
export async function serveApi(nestegg: FakeNestegg): Promise<ServedApi> {
  const reported: ServedApi["reported"] = [];
  const report: Report = (error) => {
    const id = `e${reported.length + 1}`;
    reported.push({ id, error });
    return id;
  };
  const server = createServer((request, response) => {
    request.headers[ADDRESS_HEADER] = request.socket.remoteAddress;
    answer(nestegg, report, toRequest(request, response))
      .then((answered) => sendAnswer(answered, response))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    reported,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(nestegg: FakeNestegg, report: Report, request: Request): Promise<Response> {
  if (new URL(request.url).pathname.startsWith("/api/trpc/")) return answerTrpc(() => nestegg, request, report);
  return answerRest({ nestegg: () => nestegg, routes: restRoutes, report }, request);
}

/** The Cookie header of a signed-in person, made as next-auth makes it. */
export async function sessionCookie(
  nestegg: FakeNestegg,
  claim: { userId: string; sessionVersion: number },
  maxAge = SESSION_SECONDS,
): Promise<string> {
  const token = await encode({ token: claim, secret: nestegg.facts.authSecret, maxAge });
  return `other=1; ${sessionCookieName(nestegg.facts.secureCookies)}=${token}`;
}
