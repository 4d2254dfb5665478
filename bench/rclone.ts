import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { StoreSettings } from "../server/storage/object-store";

/** As "rclone v1.60.1"; null where it is not installed: its rows are left out then. */
export function rcloneVersion(): string | null {
  const { stdout } = spawnSync("rclone", ["version"], { encoding: "utf8" });
  return stdout?.split("\n")[0] ?? null;
}

/** Seconds of `rclone copyto` with its own defaults, of one object to one file. */
export async function rcloneCopy(store: StoreSettings, key: string, file: string): Promise<number> {
  const source = store.kind === "local" ? join(store.folder, key) : `bench:${store.bucket}/${key}`;
  const startedAt = performance.now();
  const child = spawn("rclone", ["copyto", source, file], {
    env: { ...process.env, ...rcloneRemote(store) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`rclone ended with ${code}`);
  return (performance.now() - startedAt) / 1000;
}

/** The store as the remote "bench:", by the environment alone. */
export function rcloneRemote(store: StoreSettings): Record<string, string | undefined> {
  // With a bundle of certificates in the environment its S3 client does not start.
  const environment = { AWS_CA_BUNDLE: undefined, RCLONE_CONFIG: "/dev/null" };
  if (store.kind === "local") return environment;
  return {
    ...environment,
    RCLONE_CONFIG_BENCH_TYPE: "s3",
    RCLONE_CONFIG_BENCH_PROVIDER: "Cloudflare",
    RCLONE_CONFIG_BENCH_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_BENCH_REGION: store.region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: store.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: store.secretAccessKey,
  };
}
