import { readFileSync } from "node:fs";
import type { StoreSettings } from "../../server/storage/object-store";

export const projectFolder = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Whoever signs in, in tests. */
export const ADMIN = { email: "admin@nestegg.test", password: "correct horse battery" };
export const API_TOKEN = "test-token-0123456789-0123456789-abcdef";

/**
 * Every setting as empty, which means unset: neither the developer's environment nor an .env file in the project,
 * perhaps with a real bucket in it, may reach a test's server.
 */
export function emptySettings(): Record<string, string> {
  const names = readFileSync(`${projectFolder}/.env.example`, "utf8").matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm);
  return Object.fromEntries([...names].map(([, name]) => [String(name), ""]));
}

/** The settings that make a server use this store. */
export function storeEnvironment(store: StoreSettings): Record<string, string> {
  if (store.kind === "local") return {};
  return {
    R2_ENDPOINT: store.endpoint,
    R2_REGION: store.region,
    R2_BUCKET_NAME: store.bucket,
    R2_ACCESS_KEY_ID: store.accessKeyId,
    R2_SECRET_ACCESS_KEY: store.secretAccessKey,
  };
}
