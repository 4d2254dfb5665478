/**
 * A server with a writer that restores (or undoes) when told, in a process of its own. With KILL_AT it ends itself by SIGKILL just
 * before its n-th operation on a file beside the database, counted from the moment it is told.
 */
import { killAtFileOperation } from "./file-operations";
import { ADMIN, startRuntime } from "./runtime-fixture";

export type ToRestoreProcess = { do: "restore"; id: string } | { do: "undo" };
export type FromRestoreProcess =
  | { type: "ready" }
  /** Committed before this message was sent, in the database whose history says `history`. */
  | { type: "committed"; history: string; transfers: number }
  | { type: "step"; name: string }
  | { type: "file-operations"; count: number }
  | { type: "ended"; state: string };

const folder = process.argv[2] ?? "";
const killAt = process.env.KILL_AT === undefined ? null : Number(process.env.KILL_AT);
const say = (message: FromRestoreProcess) => process.send?.(message);
const fileOperations = killAtFileOperation(killAt);

main().catch((error: unknown) => {
  console.error(error);
  process.exit(2);
});

async function main(): Promise<void> {
  const server = await startRuntime({ folder });
  const { nestegg } = server;
  await server.settled();
  let last = "";
  void (async () => {
    for await (const event of nestegg.events(new AbortController().signal)) {
      if (event.type !== "operation" || !/restore/.test(event.operation.kind)) continue;
      const running = event.operation.steps.find((step) => step.state === "running")?.name;
      if (running && running !== last) {
        last = running;
        say({ type: "step", name: running });
      }
      if (!event.operation.finishedAt) continue;
      say({ type: "file-operations", count: fileOperations.count() });
      say({ type: "ended", state: `${event.operation.state} ${event.operation.error?.message ?? ""}`.trim() });
    }
  })();
  process.on("message", (message: ToRestoreProcess) => {
    fileOperations.begin();
    if (message.do === "restore") void nestegg.restores.start(ADMIN, { id: message.id, withoutSafetyBackup: true });
    else void nestegg.restores.undo(ADMIN, { withoutSafetyBackup: true });
  });
  say({ type: "ready" });
  const app = nestegg.database.app();
  for (;;) {
    try {
      const committed = await app.transaction(async (sql) => {
        const [row] = (await sql("SELECT (SELECT text FROM history), coalesce(max(number), 0) + 1 FROM transfers"))
          .rows;
        const number = Number(row?.[1]);
        await sql("UPDATE accounts SET balance = balance - 1 WHERE id = ?", [number % 20]);
        await sql("UPDATE accounts SET balance = balance + 1 WHERE id = ?", [(number + 7) % 20]);
        await sql("INSERT INTO transfers VALUES (?, 1)", [number]);
        return { history: String(row?.[0]), transfers: number };
      });
      say({ type: "committed", ...committed });
    } catch {
      // Interrupted by the exchange: that transaction was undone, the next one finds the database that is open then.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
