import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program says that uses DuckDB in a process of its own, as a second owner of a file would. */
export async function runEngine(script: string): Promise<string> {
  const source = `import { DuckDBInstance } from "@duckdb/node-api"; ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", source], {
    cwd: process.cwd(),
  });
  return stdout.trim();
}
