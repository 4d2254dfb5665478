import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ada } from "../control/testing/test-control";
import { startReceiver } from "./testing/receiver";
import { notice, openTestAlerts, SECRET, webhook } from "./testing/test-alerts";

const HOUR_MS = 3_600_000;

describe("the forms", () => {
  test("Slack and Discord get text that can neither call everyone nor forge a link", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    for (const kind of ["slack", "discord"] as const) {
      await alerts.add(ada, webhook("", { name: kind, settings: { kind, url: `${receiver.url}/${kind}` } }));
    }
    await alerts.tell(notice("trouble", { text: "table <!channel> & @everyone" }));
    await later(0);
    const bodies = Object.fromEntries(receiver.received.map(({ path, body }) => [path, JSON.parse(body)]));
    expect(bodies["/slack"].text).toContain("*Backup failed*\ntable &lt;!channel&gt; &amp; @everyone\n");
    expect(bodies["/slack"].text).toContain("<https://eggs.example|Open Nestegg>");
    expect(bodies["/discord"]).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(bodies["/discord"].content).toContain("**Backup failed**");
  });

  test("a ping channel is alive with each backup, down while a trouble lasts, and up again when the last one is over", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    const settings = { kind: "ping" as const, url: `${receiver.url}/check-1?a=b` };
    await alerts.add(ada, webhook("", { name: "check", settings }));
    const stored = () => alerts.backupStored({ backupId: "b1", operationId: "op_1" });
    await stored();
    await later(0);
    await alerts.tell(notice("trouble"));
    await alerts.tell(notice("trouble", { key: "storage", event: "storage-unreachable" }));
    await later(0);
    await alerts.tell(notice("recovered"));
    await stored();
    await alerts.tell(notice("happened"));
    await later(0);
    await alerts.tell(notice("recovered", { key: "storage", event: "storage-unreachable" }));
    await later(0);
    const seen = receiver.received.map(({ method, path }) => `${method} ${path}`);
    const fail = "POST /check-1/fail?a=b";
    expect(seen).toEqual(["GET /check-1?a=b", fail, fail, "GET /check-1?a=b"]);
    expect(receiver.received[1]?.body).toContain("R2 answered 403.");
  });
});

describe("a channel", () => {
  test("tests itself: shows the request and the answer in words, without secrets", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 404, body: "no_service" };
    const { alerts } = await openTestAlerts();
    const slack = webhook("", { settings: { kind: "slack", url: `${receiver.url}/services/T0/B0/verysecretx7Kq` } });
    const { id } = await alerts.add(ada, slack);
    const failed = await alerts.test(ada, { id });
    expect(failed).toMatchObject({ ok: false, answer: "Slack answered 404: no_service" });
    expect(failed.request).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/…\/x7Kq\nUser-Agent: Nestegg\/1\.2\.3\n/);
    expect(failed.request).toContain(receiver.received[0]?.body);
    receiver.answer = { status: 200 };
    expect(await alerts.test(ada, { id })).toMatchObject({ ok: true, answer: "Slack answered 200 in 0 ms" });
    expect((await alerts.channels())[0]?.lastDelivery).toMatchObject({ event: "test", state: "sent" });
    await expect(alerts.test(ada, { id: "chn_0" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("at a port that HTTP clients refuse says so, that no alert goes out, and what to do", async () => {
    const { alerts } = await openTestAlerts();
    const { id } = await alerts.add(ada, webhook("http://127.0.0.1:25/hooks/verysecretx7Kq"));
    expect(await alerts.test(ada, { id })).toMatchObject({
      ok: false,
      answer:
        "The webhook was not called: HTTP clients do not call port 25, which belongs to another service. " +
        "No alert goes out to this address; have the receiver listen on another port, and enter the address with it",
    });
  });

  test("gives its secrets away nowhere: not in a view, an answer, the audit, the log, or the control database", async () => {
    const receiver = await startReceiver();
    const secretPath = "/hooks/T0Secret0Path/x7Kq";
    const test = await openTestAlerts();
    const { alerts, later } = test;
    const { id } = await alerts.add(ada, webhook(`${receiver.url}${secretPath}`));
    // A server that repeats what it was sent.
    receiver.answer = { status: 400, body: `no hook ${secretPath}, secret ${SECRET}` };
    await alerts.tell(notice("trouble"));
    await later(0);
    const shown = [
      await alerts.channels(),
      await alerts.deliveries({ limit: 9 }),
      await alerts.test(ada, { id }),
      await alerts.health(),
      await test.audited(),
      test.logged,
    ];
    const text = JSON.stringify(shown);
    expect(text).toContain("no hook [secret], secret [secret]");
    for (const secret of [SECRET, "T0Secret0Path", secretPath]) expect(text).not.toContain(secret);
    // The audit is kept for long: not even the end of the address.
    expect(JSON.stringify(await test.audited())).not.toContain("x7Kq");
    await test.restart();
    const file = await readFile(test.path, "latin1");
    expect(file).toContain("Backup failed");
    for (const secret of [SECRET, "T0Secret0Path"]) expect(file).not.toContain(secret);
  });

  test("keeps what is left empty at a change, tries again at once, and begins anew", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 500 };
    const { alerts, later } = await openTestAlerts();
    const { id } = await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    for (const ms of [0, 30_000, 120_000]) await later(ms);
    expect((await alerts.channels())[0]?.deadSince).not.toBeNull();
    receiver.answer = { status: 200 };
    const settings = { kind: "webhook" as const, url: "", secret: "" };
    expect(await alerts.change(ada, { ...webhook(""), id, name: "renamed", settings })).toMatchObject({
      name: "renamed",
      deadSince: null,
      target: receiver.url,
    });
    await later(0);
    const last = receiver.received.at(-1);
    const signed = createHmac("sha256", SECRET).update(`${last?.headers["nestegg-timestamp"]}.${last?.body}`);
    expect(last?.headers["nestegg-signature"]).toBe(`v1=${signed.digest("hex")}`);
    await expect(
      alerts.change(ada, { ...webhook(""), id, settings: { kind: "slack", url: "" } }),
    ).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("of another scheme than the web's, or with a password in its address, is refused", async () => {
    const { alerts } = await openTestAlerts();
    for (const url of [
      "file:///etc/passwd",
      "ftp://a.example",
      "javascript:1",
      "not an address",
      "https://u:p@a.example",
    ]) {
      await expect(alerts.add(ada, webhook(url))).rejects.toMatchObject({ code: "invalid_input" });
    }
    expect(await alerts.channels()).toEqual([]);
  });

  test("has a name of one line: one that could break a row or turn a sentence round is refused, and nothing changes", async () => {
    const { alerts } = await openTestAlerts();
    const { id } = await alerts.add(ada, webhook("https://a.example", { name: "Wärter 🧑‍🚀 #ops" }));
    for (const name of [
      "ops\nBackup failed",
      "ops\r\n",
      "a\tb",
      "nul\0",
      "a\u2028b",
      "spo\u202egnp.exe",
      "\u200b",
      "a\u200fb",
    ]) {
      const refused = { code: "invalid_input", message: expect.stringContaining("one line") };
      await expect(alerts.add(ada, webhook("https://a.example", { name }))).rejects.toMatchObject(refused);
      await expect(alerts.change(ada, { ...webhook(""), id, name })).rejects.toMatchObject(refused);
    }
    expect((await alerts.channels()).map(({ name }) => name)).toEqual(["Wärter 🧑‍🚀 #ops"]);
  });

  test("that is removed or switched off gets nothing more, and what waited for it is over", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 500 };
    const { alerts, later } = await openTestAlerts();
    const gone = await alerts.add(ada, webhook(receiver.url, { name: "gone" }));
    const off = await alerts.add(ada, webhook(receiver.url, { name: "off" }));
    await alerts.tell(notice("trouble"));
    await later(0);
    await alerts.remove(ada, { id: gone.id });
    await alerts.change(ada, { ...webhook(receiver.url), id: off.id, enabled: false });
    receiver.received.length = 0;
    await later(HOUR_MS);
    expect(receiver.received).toEqual([]);
    expect(await alerts.deliveries({ limit: 9 })).toMatchObject([
      { channelId: off.id, state: "failed", answer: "Not sent: the channel was switched off" },
    ]);
  });

  test("that is changed or switched off during a try that hangs begins anew, or gets nothing more", async () => {
    const [slow, right] = [await startReceiver(), await startReceiver()];
    slow.answer = "hang";
    const { alerts, later } = await openTestAlerts({ timeoutMs: 400 });
    const moved = await alerts.add(ada, webhook(slow.url, { name: "moved" }));
    const off = await alerts.add(ada, webhook(slow.url, { name: "off" }));
    await alerts.tell(notice("trouble"));
    const tried = later(0);
    await expect.poll(() => slow.received.length).toBe(2);
    await alerts.change(ada, { ...webhook(right.url), id: moved.id });
    await alerts.change(ada, { ...webhook(slow.url), id: off.id, enabled: false });
    await tried;
    await later(HOUR_MS / 2);
    expect(slow.received).toHaveLength(2);
    expect(right.told()).toEqual(["trouble: Backup failed"]);
    expect(await alerts.deliveries({ limit: 9, channelId: moved.id })).toMatchObject([{ state: "sent", attempts: 1 }]);
    expect(await alerts.deliveries({ limit: 9, channelId: off.id })).toMatchObject([{ state: "failed", attempts: 0 }]);
  });

  test("whose secrets were sealed under another AUTH_SECRET says so, and works when they are entered again", async () => {
    const receiver = await startReceiver();
    const { alerts: before, restart, later } = await openTestAlerts();
    const { id } = await before.add(ada, webhook(receiver.url));
    const alerts = await restart("1".repeat(64));
    await alerts.tell(notice("trouble"));
    await later(0);
    expect((await alerts.channels())[0]).toMatchObject({ target: "cannot be read: AUTH_SECRET has changed" });
    expect((await alerts.deliveries({ limit: 1 }))[0]?.answer).toContain("enter them again");
    const empty = { kind: "webhook" as const, url: "", secret: "" };
    await expect(alerts.change(ada, { ...webhook(""), id, settings: empty })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await alerts.change(ada, { ...webhook(receiver.url), id });
    await later(0);
    expect(receiver.told()).toEqual(["trouble: Backup failed"]);
  });
});
