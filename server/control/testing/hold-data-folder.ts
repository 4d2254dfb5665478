/** Holds the lock of the folder named on the command line until it is killed. */
import { lockDataFolder } from "../data-folder-lock";

lockDataFolder(process.argv[2] ?? "").then(
  () => {
    process.stdout.write("locked\n");
    setInterval(() => undefined, 1000);
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
