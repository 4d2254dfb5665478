/** A server in a process of its own that brings a file and registers it, so that a test can kill it in the middle. */
import { readFile } from "node:fs/promises";
import { bring } from "./brought-database";
import { ADMIN, startRuntime } from "./runtime-fixture";

export type FromUploadProcess = { type: "step"; name: string } | { type: "ended"; state: string };

const [folder = "", file = ""] = process.argv.slice(2);
const say = (message: FromUploadProcess) => process.send?.(message);

main().catch((error: unknown) => {
  console.error(error);
  process.exit(2);
});

async function main(): Promise<void> {
  const { nestegg } = await startRuntime({ folder });
  let last = "";
  void (async () => {
    for await (const event of nestegg.events(new AbortController().signal)) {
      if (event.type !== "operation" || event.operation.kind !== "upload") continue;
      const running = event.operation.steps.find((step) => step.state === "running")?.name;
      if (running && running !== last) {
        last = running;
        say({ type: "step", name: running });
      }
    }
  })();
  const upload = await bring(nestegg.uploads, await readFile(file));
  const { operationId } = await nestegg.uploads.finish(ADMIN, { id: upload.id });
  say({ type: "ended", state: (await nestegg.operations.wait(operationId)).state });
}
