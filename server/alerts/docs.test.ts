import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock";
import { ALERT_EVENTS } from "../nestegg-operate";
import { createPostman } from "./postman";

const SECRET = "the secret of the example, long enough";
const DOCS = new URL("../../docs/alerts.md", import.meta.url);

/** The receiver of the documentation, as a process of its own. */
async function startExample(): Promise<{ url: string; lines: string[] }> {
  const code = /```js\n(.*?)```/s.exec(await readFile(DOCS, "utf8"))?.[1] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "nestegg-docs-"));
  const path = join(folder, "receiver.mjs");
  await writeFile(path, code);
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill();
    await rm(folder, { recursive: true });
  });
  const lines: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The example ended with ${code}.`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = /^port (\d+)$/.exec(line)?.[1];
      if (said) resolve(said);
      else lines.push(line);
    });
  });
  return { url: `http://127.0.0.1:${port}/`, lines };
}

function send(url: string, { secret = SECRET, ageMs = 0, id = "dlv_1" }) {
  const clock = { ...systemClock, now: () => new Date(Date.now() - ageMs) };
  const speaker = { databaseName: "hesocial", host: "egg-1", publicUrl: "https://eggs.example", version: "1.2.3" };
  const nothing = { hint: null, since: null, backupId: null, operationId: null };
  const words = {
    event: "backup-failed",
    kind: "trouble",
    key: "backup",
    title: "Backup failed",
    text: "Ümlaut",
  } as const;
  const message = { ...words, ...nothing, at: "2024-12-30T15:30:00.000Z" };
  const postman = createPostman({ clock, speaker });
  return postman.send({ kind: "webhook", url, secret }, { id, message }, new AbortController().signal);
}

test("the receiver in docs/alerts.md believes what is signed, fresh and new, and nothing else", async () => {
  const { url, lines } = await startExample();
  expect(await send(url, {})).toMatchObject({ ok: true });
  expect(await send(url, {})).toMatchObject({ ok: true });
  const refused = { ok: false, answer: "The webhook answered 401: wrong signature" };
  expect(await send(url, { secret: "another secret, long enough too", id: "dlv_2" })).toEqual(refused);
  expect(await send(url, { ageMs: 301_000, id: "dlv_3" })).toEqual(refused);
  expect(await send(url, { id: "dlv_4" })).toMatchObject({ ok: true });
  expect(lines).toEqual(["trouble: Backup failed", "trouble: Backup failed"]);
});

test("docs/alerts.md tells of every event", async () => {
  const text = await readFile(DOCS, "utf8");
  expect(ALERT_EVENTS.filter((event) => !text.includes(`| \`${event}\``))).toEqual([]);
});
