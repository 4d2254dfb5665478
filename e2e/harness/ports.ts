import { createServer } from "node:net";

/** A port that was free a moment ago; whoever takes it must be ready to be second. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("the probe has no port")),
      );
    });
  });
}
