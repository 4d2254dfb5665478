import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ada } from "../control/testing/test-control";
import { startReceiver } from "./testing/receiver";
import { notice, openTestAlerts, SECRET, webhook } from "./testing/test-alerts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("a trouble", () => {
  test("is told once, reminded later an hour and then daily, and ended once to those that heard", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await alerts.tell(notice("trouble", { text: "R2 answered 500." }));
    await later(0);
    await later(59 * MINUTE_MS);
    expect(receiver.told()).toEqual(["trouble: Backup failed"]);
    await later(MINUTE_MS);
    await later(23 * HOUR_MS);
    expect(receiver.told()).toEqual(["trouble: Backup failed", "reminder: Backup failed"]);
    // With the newest words, and with when it began.
    expect(JSON.parse(receiver.received[1]?.body ?? "")).toMatchObject({
      text: "R2 answered 500.",
      since: "2024-12-30T15:30:00.000Z",
    });
    await later(HOUR_MS);
    await alerts.tell(notice("recovered"));
    await alerts.tell(notice("recovered"));
    await later(48 * HOUR_MS);
    expect(receiver.told()).toEqual([
      "trouble: Backup failed",
      "reminder: Backup failed",
      "reminder: Backup failed",
      "recovered: Backups work again",
    ]);
  });

  test("whose end is told before it began says nothing, and its end goes to nobody who has not heard", async () => {
    const [told, late] = [await startReceiver(), await startReceiver()];
    const { alerts, later } = await openTestAlerts();
    await alerts.tell(notice("recovered"));
    await alerts.add(ada, webhook(told.url));
    await alerts.tell(notice("trouble"));
    await later(0);
    await alerts.add(ada, webhook(late.url, { name: "late" }));
    await alerts.tell(notice("recovered"));
    await later(0);
    expect(told.told()).toEqual(["trouble: Backup failed", "recovered: Backups work again"]);
    expect(late.received).toEqual([]);
  });

  test("reaches only channels that are on and want the event", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url, { enabled: false }));
    await alerts.add(ada, webhook(receiver.url, { events: ["drill-failed"] }));
    await alerts.tell(notice("trouble"));
    await later(0);
    expect(receiver.received).toEqual([]);
  });

  test("whose reminder was lost is ended all the same, and while it lasts a ping channel is not told that all is well", async () => {
    const [hook, ping] = [await startReceiver(), await startReceiver()];
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(hook.url));
    await alerts.add(ada, webhook("", { name: "ping", settings: { kind: "ping", url: ping.url } }));
    await alerts.tell(notice("trouble"));
    await later(0);
    hook.answer = ping.answer = { status: 503 };
    await later(HOUR_MS);
    for (const ms of [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]) await later(ms);
    expect(await alerts.deliveries({ limit: 2 })).toMatchObject(Array(2).fill({ kind: "reminder", state: "failed" }));
    hook.answer = ping.answer = { status: 200 };
    await alerts.backupStored({ backupId: "b1", operationId: "op_1" });
    await later(0);
    expect(ping.received.map(({ method }) => method)).not.toContain("GET");
    await alerts.tell(notice("recovered"));
    await later(0);
    expect(hook.told()).toEqual(["trouble: Backup failed", "recovered: Backups work again"]);
    expect(ping.received.at(-1)?.method).toBe("GET");
  });

  test("of which a late channel's only reminder was lost is not ended there", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 503 };
    const { alerts, later } = await openTestAlerts();
    await alerts.tell(notice("trouble"));
    await alerts.add(ada, webhook(receiver.url));
    for (const ms of [HOUR_MS, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]) await later(ms);
    receiver.answer = { status: 200 };
    await alerts.tell(notice("recovered"));
    await later(0);
    expect(receiver.told()).toEqual([]);
  });

  test("that stands alone is told at once and, when the same comes again within the hour, not again", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("happened", { key: "restore:1" }));
    await alerts.tell(notice("happened", { key: "restore:1" }));
    await alerts.tell(notice("happened", { key: "restore:2" }));
    await later(HOUR_MS);
    await alerts.tell(notice("happened", { key: "restore:1" }));
    await later(48 * HOUR_MS);
    expect(receiver.told()).toEqual(Array(3).fill("happened: Restore done"));
  });
});

describe("a delivery", () => {
  test("is signed: the receiver can tell it from a forged or an old one", async () => {
    const receiver = await startReceiver();
    const { alerts, later, clock } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble", { operationId: "op_1" }));
    await later(0);
    const [request] = receiver.received;
    if (!request) throw new Error("Nothing has arrived.");
    const { headers, body, method } = request;
    const timestamp = String(headers["nestegg-timestamp"]);
    const wanted = createHmac("sha256", SECRET).update(`${timestamp}.${body}`).digest("hex");
    expect([method, headers["nestegg-signature"]]).toEqual(["POST", `v1=${wanted}`]);
    expect(Number(timestamp)).toBe(Math.floor(clock.now().getTime() / 1000));
    expect(JSON.parse(body)).toEqual({
      version: 1,
      id: headers["nestegg-delivery"],
      event: "backup-failed",
      kind: "trouble",
      key: "backup",
      title: "Backup failed",
      text: "R2 answered 403.",
      hint: "Look at the token.",
      since: "2024-12-30T15:30:00.000Z",
      at: "2024-12-30T15:30:00.000Z",
      backupId: null,
      operationId: "op_1",
      database: "hesocial",
      server: "egg-1",
      url: "https://eggs.example/activity/op_1",
    });
  });

  test("that fails is tried again later 30 s, 2 min, 10 min and 1 h, and arrives when the other side is back", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 503, body: "try later\n" };
    const { alerts, later } = await openTestAlerts();
    const { id } = await alerts.add(ada, webhook(receiver.url));
    expect(await alerts.health()).toEqual({ channels: 1, dead: [], unproven: [{ name: "ops", answer: null }] });
    await alerts.tell(notice("trouble"));
    const tries: number[] = [];
    for (const ms of [0, 29_000, 1_000, 119_000, 1_000, 599_000, 1_000]) {
      await later(ms);
      tries.push(receiver.received.length);
      if (ms === 0)
        expect(await alerts.health()).toMatchObject({
          dead: [],
          unproven: [{ name: "ops", answer: "The webhook answered 503: try later" }],
        });
    }
    expect(tries).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(await alerts.deliveries({ limit: 5 })).toMatchObject([
      {
        state: "waiting",
        attempts: 4,
        answer: "The webhook answered 503: try later",
        nextTryAt: "2024-12-30T16:42:30.000Z",
      },
    ]);
    expect((await alerts.channels())[0]).toMatchObject({ id, deadSince: "2024-12-30T15:30:00.000Z" });
    expect(await alerts.health()).toMatchObject({ channels: 1, dead: [{ name: "ops" }] });
    receiver.answer = { status: 204 };
    await later(HOUR_MS);
    // The reminder that came due meanwhile would have said the same twice.
    expect(receiver.told()).toEqual(["trouble: Backup failed"]);
    expect(new Set(receiver.received.map(({ headers }) => headers["nestegg-delivery"])).size).toBe(1);
    expect(await alerts.deliveries({ limit: 5 })).toMatchObject([{ state: "sent", attempts: 5, nextTryAt: null }]);
    expect(await alerts.health()).toEqual({ channels: 1, dead: [], unproven: [] });
  });

  test("is given up later the last try, and then the end of what was never heard is not told either", async () => {
    const receiver = await startReceiver();
    receiver.answer = "cut";
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    for (const ms of [0, 30_000, 120_000]) await later(ms);
    await alerts.tell(notice("recovered"));
    for (const ms of [600_000, HOUR_MS, HOUR_MS]) await later(ms);
    expect(receiver.received).toHaveLength(5);
    expect(await alerts.deliveries({ limit: 5 })).toMatchObject([
      { kind: "recovered", state: "failed", attempts: 0 },
      {
        kind: "trouble",
        state: "failed",
        attempts: 5,
        answer: "The webhook could not be reached: the connection was cut",
      },
    ]);
  });

  test("waits across a restart, keeps its order, and is told once", async () => {
    const receiver = await startReceiver();
    receiver.answer = { status: 500 };
    const { alerts, later, restart } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await later(0);
    await alerts.tell(notice("recovered"));
    await later(1_000);
    expect(receiver.received).toHaveLength(1);
    receiver.answer = { status: 200 };
    await restart();
    await later(30_000);
    await later(48 * HOUR_MS);
    expect(receiver.told()).toEqual(["trouble: Backup failed", "recovered: Backups work again"]);
  });

  test("of a trouble that lasts over a restart is not repeated by it", async () => {
    const receiver = await startReceiver();
    const { alerts, later, restart } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await later(0);
    const next = await restart();
    await next.tell(notice("trouble"));
    await later(MINUTE_MS);
    expect(receiver.told()).toEqual(["trouble: Backup failed"]);
    await next.tell(notice("recovered"));
    await later(0);
    expect(receiver.told()).toEqual(["trouble: Backup failed", "recovered: Backups work again"]);
  });

  test("to a server that does not answer ends with its timeout, and at a stop with the stop, which does not count", async () => {
    const receiver = await startReceiver();
    receiver.answer = "hang";
    const { alerts, later, restart, clock } = await openTestAlerts({ timeoutMs: 300 });
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await later(0);
    const hung = { attempts: 1, answer: "The webhook did not answer within 0.3 s" };
    expect(await alerts.deliveries({ limit: 1 })).toMatchObject([hung]);
    await clock.advance(30_000);
    // No patience at all: as with a budget that the backup has used up.
    const finished = alerts.finish(0);
    await clock.advance(0);
    await finished;
    expect(await (await restart()).deliveries({ limit: 1 })).toMatchObject([hung]);
  });

  test("to a channel that hangs holds up no other one, neither later nor at a stop", async () => {
    const [hung, well] = [await startReceiver(), await startReceiver()];
    hung.answer = "hang";
    const { alerts, clock } = await openTestAlerts();
    await alerts.add(ada, webhook(hung.url, { name: "hung" }));
    await alerts.add(ada, webhook(well.url, { name: "well" }));
    await alerts.tell(notice("happened", { key: "restore:1" }));
    const first = alerts.tick();
    await expect.poll(() => well.told().length).toBe(1);
    await alerts.tell(notice("happened", { key: "restore:2" }));
    const second = alerts.tick();
    await expect.poll(() => well.told().length).toBe(2);
    await alerts.tell(notice("trouble"));
    const finished = alerts.finish(2_000);
    await expect.poll(() => well.told()).toContain("trouble: Backup failed");
    await clock.advance(2_000);
    await Promise.all([finished, first, second]);
    expect(hung.received).toHaveLength(1);
  });

  test("is sent at the end of a stop while there is time", async () => {
    const receiver = await startReceiver();
    const { alerts } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await alerts.finish(2_000);
    expect(receiver.told()).toEqual(["trouble: Backup failed"]);
  });

  test("follows no redirect: nobody else gets the signature", async () => {
    const [receiver, other] = [await startReceiver(), await startReceiver()];
    receiver.answer = { status: 307, headers: { location: other.url } };
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.tell(notice("trouble"));
    await later(0);
    expect(other.received).toEqual([]);
    const [tried] = await alerts.deliveries({ limit: 1 });
    expect(tried?.answer).toBe("The webhook answered 307: a redirect, which is not followed; enter the final address");
  });

  test("is bounded, however long the error that it tells of", async () => {
    const receiver = await startReceiver();
    const { alerts, later } = await openTestAlerts();
    await alerts.add(ada, webhook(receiver.url));
    await alerts.add(ada, webhook("", { settings: { kind: "discord", url: receiver.url } }));
    await alerts.tell(
      notice("trouble", { title: "t".repeat(9_000), text: "x".repeat(90_000), hint: "h".repeat(9_000) }),
    );
    await later(0);
    expect(receiver.received.map(({ body }) => body.length < 4_000)).toEqual([true, true]);
    const discord = receiver.received.find(({ body }) => body.includes("allowed_mentions"));
    expect(JSON.parse(discord?.body ?? "").content.length).toBeLessThanOrEqual(2_000);
  });
});
