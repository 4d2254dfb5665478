import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/**
 * From now on every change that this process makes to names and contents of files is told to `before` first: what a test needs to
 * end the process between any two of them.
 */
export function watchFileOperations(before: (path: string) => void): void {
  const { rename, rm, open, link } = fs;
  Object.assign(fs, {
    rename: (...given: Parameters<typeof rename>) => {
      before(String(given[0]));
      return rename(...given);
    },
    rm: (...given: Parameters<typeof rm>) => {
      before(String(given[0]));
      return rm(...given);
    },
    link: (...given: Parameters<typeof link>) => {
      before(String(given[0]));
      return link(...given);
    },
    open: async (...given: Parameters<typeof open>) => {
      before(String(given[0]));
      const handle = await open(...given);
      const { sync } = handle;
      handle.sync = () => {
        before(String(given[0]));
        return sync.call(handle);
      };
      return handle;
    },
  });
  syncBuiltinESMExports();
}

/** Counts those on files beside the database, and ends the process just before number `killAt`. */
export function killAtFileOperation(killAt: number | null): { count(): number; begin(): void } {
  let counting = false;
  let operations = 0;
  watchFileOperations((path) => {
    if (!counting || !path.includes("hesocial.duckdb")) return;
    if (operations === killAt) process.kill(process.pid, "SIGKILL");
    operations += 1;
  });
  return {
    count: () => operations,
    begin() {
      counting = true;
    },
  };
}
