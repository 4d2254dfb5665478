/** A server without its HTTP face in a process of its own, led over IPC, so that a test can kill it at a chosen moment. */
import { ADMIN, startRuntime } from "./runtime-fixture";

export type ToProcess = { do: "back-up" } | { do: "stop" };
export type FromProcess =
  | { type: "ready" }
  /** All transactions up to this number were committed before this message was sent. */
  | { type: "committed"; transfers: number }
  | { type: "step"; name: string }
  | { type: "ended"; state: string };

const folder = process.argv[2] ?? "";
const say = (message: FromProcess) => process.send?.(message);

main().catch((error: unknown) => {
  console.error(error);
  process.exit(2);
});

async function main(): Promise<void> {
  const server = await startRuntime({ folder });
  const { nestegg } = server;
  let last = "";
  void (async () => {
    for await (const event of nestegg.events(new AbortController().signal)) {
      if (event.type !== "operation" || event.operation.kind !== "backup") continue;
      const running = event.operation.steps.find((step) => step.state === "running")?.name;
      if (running && running !== last) {
        last = running;
        say({ type: "step", name: running });
      }
      if (event.operation.finishedAt) say({ type: "ended", state: event.operation.state });
    }
  })();
  process.on("message", (message: ToProcess) => {
    if (message.do === "back-up") void nestegg.backups.create(ADMIN, {});
    if (message.do === "stop") void server.stop();
  });
  const app = nestegg.database.app();
  await app.run("CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance BIGINT)");
  await app.run("CREATE TABLE IF NOT EXISTS transfers (number INTEGER PRIMARY KEY, amount INTEGER)");
  await app.run(
    "CREATE TABLE IF NOT EXISTS ballast AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(400000)",
  );
  await app.run("INSERT INTO accounts SELECT range, 1000 FROM range(20) ON CONFLICT DO NOTHING");
  const begun = Number((await app.run("SELECT count(*) FROM transfers")).rows[0]?.[0]);
  say({ type: "ready" });
  for (let number = begun + 1; ; number += 1) {
    try {
      await app.transaction(async (sql) => {
        await sql("UPDATE accounts SET balance = balance - 1 WHERE id = ?", [number % 20]);
        await sql("UPDATE accounts SET balance = balance + 1 WHERE id = ?", [(number + 7) % 20]);
        await sql("INSERT INTO transfers VALUES (?, 1)", [number]);
      });
    } catch {
      // The gate has closed: the stop goes on without this writer.
      return;
    }
    say({ type: "committed", transfers: number });
  }
}
