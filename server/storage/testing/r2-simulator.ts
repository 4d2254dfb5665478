import { Miniflare } from "miniflare";
import type { StoreSettings } from "../object-store";

type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

interface SimulatorOptions {
  /** Objects survive a stop when a folder is given. */
  persistFolder?: string;
  /** Free port by default. */
  port?: number;
  bucket?: string;
}

export interface R2Simulator {
  settings: R2Settings;
  stop(): Promise<void>;
}

/**
 * Cloudflare's own simulator of R2's S3 API. It lacks checksums, ListParts, rate limits, permissions and a Date header:
 * `faulty-proxy.ts` models what tests need of these. For tests and the bench only; a dev dependency.
 */
export async function startR2Simulator(options: SimulatorOptions = {}): Promise<R2Simulator> {
  const bucket = options.bucket ?? "nestegg-test";
  const accessKeyId = "a".repeat(32);
  const secretAccessKey = "simulated-secret-key";
  const server = new Miniflare({
    modules: true,
    script: 'export default { fetch() { return new Response("ok"); } };',
    host: "127.0.0.1",
    port: options.port ?? 0,
    compatibilityDate: "2026-07-01",
    // No look-up of the request's origin at Cloudflare: tests run without internet.
    cf: false,
    r2Buckets: { BUCKET: { id: bucket, s3Credentials: { accessKeyId, secretAccessKey } } },
    ...(options.persistFolder !== undefined && { r2Persist: options.persistFolder }),
  });
  const url = await server.ready;
  return {
    settings: {
      kind: "r2",
      endpoint: new URL("cdn-cgi/local/r2/s3", url).href,
      region: "auto",
      bucket,
      accessKeyId,
      secretAccessKey,
    },
    stop: () => server.dispose(),
  };
}
