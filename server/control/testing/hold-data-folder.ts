/** Holds the lock of the folder named on the command line until it is killed. */
import { lockDataFolder } from "../data-folder-lock";

lockDataFolder(process.argv[2] ?? "").then(
  () => {
    process.stdout.write("locked\n");
    // With --expose-gc: what nobody refers to is collected, again and again.
    setInterval(() => globalThis.gc?.(), 20);
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
