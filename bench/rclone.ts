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
    // With a bundle of certificates in the environment its S3 client does not start.
    env: { ...process.env, AWS_CA_BUNDLE: undefined, RCLONE_CONFIG: "/dev/null", ...remoteOf(store) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`rclone ended with ${code}`);
  return (performance.now() - startedAt) / 1000;
}

function remoteOf(store: StoreSettings): Record<string, string> {
  if (store.kind === "local") return {};
  return {
    RCLONE_CONFIG_BENCH_TYPE: "s3",
    RCLONE_CONFIG_BENCH_PROVIDER: "Cloudflare",
    RCLONE_CONFIG_BENCH_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_BENCH_REGION: store.region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: store.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: store.secretAccessKey,
  };
}
