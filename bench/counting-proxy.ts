import { createServer, type IncomingMessage, request as openRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { StoreSettings } from "../server/storage/object-store";

type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

export interface Traffic {
  requests: number;
  /** Bodies only, towards the store and from it. */
  sentBytes: number;
  receivedBytes: number;
}

export interface CountingProxy {
  settings: R2Settings;
  /** What has passed since the last call. */
  take(): Traffic;
  stop(): Promise<void>;
}

/** Stands between the store and whoever is measured, so that both have the same way and nobody counts for himself. */
export async function startCountingProxy(target: R2Settings): Promise<CountingProxy> {
  const upstream = new URL(target.endpoint);
  const sign = await createSigner(target);
  let passed: Traffic = { requests: 0, sentBytes: 0, receivedBytes: 0 };
  const server = createServer(async (incoming, outgoing) => {
    passed.requests += 1;
    const { path, headers } = (await sign(incoming)) ?? { path: incoming.url, headers: incoming.headers };
    const { hostname: host, port } = upstream;
    const asked = openRequest({ host, port, method: incoming.method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (chunk: Buffer) => {
        passed.receivedBytes += chunk.length;
      });
      answer.on("error", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    outgoing.once("close", () => asked.destroy());
    incoming.on("data", (chunk: Buffer) => {
      passed.sentBytes += chunk.length;
    });
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = new URL(upstream);
  endpoint.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    settings: { ...target, endpoint: endpoint.href },
    take() {
      const taken = passed;
      passed = { requests: 0, sentBytes: 0, receivedBytes: 0 };
      return taken;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Before 1.63 rclone signs an Accept-Encoding that the simulator does not see as it was sent, and is refused. Its downloads are
 * signed anew here; everything else passes as it is.
 */
async function createSigner({ endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey }: R2Settings) {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const base = `${new URL(endpoint).pathname.replace(/\/$/, "")}/${Bucket}/`;
  return async ({ method, url = "", headers }: IncomingMessage) => {
    const { pathname } = new URL(url, "http://proxy");
    if (method !== "GET" || !headers["user-agent"]?.startsWith("rclone") || !pathname.startsWith(base)) return null;
    const Key = decodeURIComponent(pathname.slice(base.length));
    const signed = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key })));
    const { range } = headers;
    return { path: signed.pathname + signed.search, headers: { host: signed.host, ...(range && { range }) } };
  };
}
