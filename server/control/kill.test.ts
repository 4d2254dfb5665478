import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { systemClock } from "../clock";
import { openControl } from "./open-control";
import { listeningLog, MIGRATIONS, tempFolder } from "./testing/test-control";

const WRITER = fileURLToPath(new URL("./testing/endless-writer.ts", import.meta.url));

/** Kills the writer outright once it has said `lines`, plus a moment that is another each time. */
async function writeUntilKilled(url: string, lines: number, momentMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", WRITER, url], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) setTimeout(() => child.kill("SIGKILL"), momentMs);
  }
  const [, signal] = await ended;
  expect(signal).toBe("SIGKILL");
  return said;
}

test("a control database that was killed in the middle of writes is whole, with all that was confirmed", async () => {
  const url = `file:${join(await tempFolder(), "control.db")}`;
  const confirmed: string[] = [];
  let unfinished = 0;
  for (const [lines, momentMs] of [
    [10, 3],
    [20, 7],
  ] as const) {
    confirmed.push(...(await writeUntilKilled(url, lines, momentMs)));
    const control = await openControl({
      url,
      migrationsFolder: MIGRATIONS,
      clock: systemClock,
      log: listeningLog().log,
    });
    unfinished += (await control.operations.interruptUnfinished(() => "Interrupted: killed.")).length;
    const tokens = new Set((await control.tokens.list()).map(({ id }) => id));
    for (const line of confirmed) {
      const [id = "", token = ""] = line.split(" ");
      const view = await control.operations.get(id);
      expect(view).toMatchObject({ state: "ok", steps: [{ state: "ok" }, { state: "ok" }] });
      expect((await control.operations.log(id)).map(({ sequence, step }) => [sequence, step])).toEqual([
        [1, "A"],
        [2, "B"],
      ]);
      expect(tokens.has(token)).toBe(true);
    }
    const round = Number(await control.memory.get("round"));
    expect(round).toBeGreaterThanOrEqual(Number(confirmed.at(-1)?.split(" ")[2]));
    expect(control.operations.active()).toEqual([]);
    await control.close();

    const client = createClient({ url });
    const facts = await client.execute(`SELECT
      (SELECT count(*) FROM operations WHERE state IN ('queued', 'running', 'waiting')) AS unfinished,
      (SELECT count(*) FROM api_tokens) - (SELECT count(*) FROM audit WHERE action = 'token.create') AS unaudited,
      (SELECT count(*) FROM operation_log WHERE operation_id NOT IN (SELECT id FROM operations)) AS orphans`);
    expect(facts.rows[0]).toMatchObject({ unfinished: 0, unaudited: 0, orphans: 0 });
    expect((await client.execute("PRAGMA integrity_check")).rows[0]?.integrity_check).toBe("ok");
    client.close();
  }
  expect(confirmed.length).toBeGreaterThanOrEqual(30);
  expect(unfinished).toBeLessThanOrEqual(2);
});
