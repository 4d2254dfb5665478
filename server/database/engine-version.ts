import { version } from "@duckdb/node-api";

/** "1.5.6": the engine that this process runs, without the leading v. */
export function engineVersion(): string {
  return version().replace(/^v/, "");
}
