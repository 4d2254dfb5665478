import { expect, onTestFinished, test, vi } from "vitest";
import { startReceiver } from "../alerts/testing/receiver";
import { ALERT_EVENTS } from "../nestegg-operate";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

/** A little more than the pause between two rounds of the chores. */
const ROUND_MS = 11_000;
const REFRESH_MS = 5 * 60_000;

test("a run that does not reach the storage has it asked at once, not with the next regular look", async () => {
  const { simulator, proxy } = await startStorage();
  const server = await startRuntime({ storage: proxy.settings, look: simulator.settings });
  onTestFinished(server.remove);
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  proxy.inject({ fault: { kind: "reset-before" }, when: () => true });
  await expect(server.backUp()).rejects.toThrow();
  // All of them together are less than the time to the next regular look.
  let rounds = Math.floor(REFRESH_MS / ROUND_MS) - 5;
  await vi.waitFor(
    async () => {
      rounds -= 1;
      if (rounds >= 0) server.clock.move(ROUND_MS);
      const { protection } = await server.nestegg.status();
      expect(protection.reasons.map(({ code }) => code)).toContain("storage");
    },
    { timeout: 60_000, interval: 1_000 },
  );
  await server.stop();
}, 120_000);

test("what goes wrong is told once and its end too: backup, storage, sign-in, and a stop without a backup over a restart", async () => {
  const receiver = await startReceiver();
  const { simulator, proxy } = await startStorage();
  const first = await startRuntime({ storage: proxy.settings, look: simulator.settings });
  onTestFinished(first.remove);
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  await first.nestegg.operate.alerts.add(ADMIN, {
    name: "ops",
    enabled: true,
    events: [...ALERT_EVENTS],
    settings: { kind: "webhook", url: receiver.url, secret: "a secret that is long enough" },
  });
  const refuse = (verbs: string[]) =>
    proxy.inject({ fault: { kind: "forbidden" }, when: (request) => verbs.includes(String(request.verb)) });
  const story: string[] = [];
  const tells = async (server: RuntimeFixture, line: string) => {
    story.push(line);
    await vi.waitFor(
      () => {
        server.clock.move(ROUND_MS);
        expect(receiver.told()).toEqual(story);
      },
      { timeout: 15_000, interval: 100 },
    );
  };

  refuse(["put", "createMultipart", "uploadPart"]);
  await expect(first.backUp()).rejects.toThrow("failed");
  await tells(first, "trouble: Backup, manual: failed");
  proxy.clear();
  await first.backUp();
  await tells(first, "recovered: Backups work again");

  refuse(["list"]);
  first.clock.move(REFRESH_MS);
  await tells(first, "trouble: The storage cannot be reached");
  proxy.clear();
  await tells(first, "recovered: The storage answers again");

  const wrong = { email: "ann@example.com", password: "not this one", address: "10.0.0.7" };
  for (let tries = 0; tries < 7; tries += 1) await first.nestegg.people.signIn(wrong).catch(() => null);
  await tells(first, "happened: Too many failed sign-ins");

  await first.settled();
  await first.sql("INSERT INTO t VALUES (-1)");
  refuse(["put", "createMultipart", "uploadPart"]);
  expect((await first.stop()).safe).toBe(false);
  story.push("trouble: The app stopped without a backup");
  expect(receiver.told()).toEqual(story);

  proxy.clear();
  const second = await startRuntime({ folder: first.folder, storage: proxy.settings, look: simulator.settings });
  await second.settled();
  await tells(second, "recovered: The missing backup is stored");
  await second.stop();
  expect(receiver.told()).toEqual(story);
}, 120_000);

async function startStorage() {
  const simulator = await startR2Simulator();
  onTestFinished(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  onTestFinished(() => proxy.stop());
  return { simulator, proxy };
}
