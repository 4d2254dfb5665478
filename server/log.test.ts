import fc from "fast-check";
import { expect, test } from "vitest";
import { createLog, currentOperation, logAsOperation } from "./log";

const PLANTED = "Pl4nted-Secret-9f3a7c";

function listen(secrets: string[] = []) {
  const lines: string[] = [];
  const log = createLog("debug", { secrets, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") };
}

const SECRET_NAMES = [
  "password",
  "secretAccessKey",
  "client_secret",
  "X-Api-Key",
  "Authorization",
  "set-cookie",
  "accessToken",
  "webhookUrl",
];

test("a secret under its name stands in no line, however deep, in lists, errors and causes", () => {
  const { log, lines } = listen();
  const wrap = fc.constantFrom<(inner: unknown) => unknown>(
    (inner) => ({ inner }),
    (inner) => [1, inner],
    (inner) => Object.assign(new Error("outer"), { response: inner }),
    (inner) => new Error("outer", { cause: inner }),
    (inner) => new AggregateError([inner], "many"),
    (inner) => new Map([["inner", inner]]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...SECRET_NAMES), fc.array(wrap, { maxLength: 6 }), (name, wraps) => {
      const planted = wraps.reduce<unknown>((inner, one) => one(inner), { [name]: PLANTED, harmless: "kept" });
      log.error({ err: planted }, "it failed");
      log.error(planted instanceof Error ? planted : { planted });
      expect(lines.slice(-2).join("")).not.toContain(PLANTED);
    }),
  );
  log.info({ a: { b: { name: "kept" } } }, "kept");
  expect(lines.at(-1)).toContain('"name":"kept"');
});

test.each([
  `https://x.r2.cloudflarestorage.com/b/k?X-Amz-Credential=abc&X-Amz-Signature=${PLANTED}&x-id=GetObject`,
  `https://hooks.slack.com/services/T0/B0/${PLANTED}`,
  `https://discord.com/api/webhooks/123/${PLANTED}`,
  `https://hc-ping.com/${PLANTED}/fail`,
  `https://user:${PLANTED}@example.com/path`,
  `authorization: Bearer ${PLANTED}`,
  `AWS4-HMAC-SHA256 Credential=${PLANTED}/20261124/auto/s3/aws4_request, Signature=${PLANTED}`,
  `nest_${PLANTED}`,
  `https://example.com/callback?code=${PLANTED}`,
])("a link or header with a secret is not legible: %s", (text) => {
  const { log, lines } = listen();
  log.warn({ err: new Error(`fetch of ${text} failed`, { cause: new Error(text) }), text }, `tried ${text}`);
  log.warn(new Error(text));
  log.warn("with %s and %o", text, { text });
  expect(lines.join("")).not.toContain(PLANTED);
});

test("the settings' own secrets are struck out wherever they turn up", () => {
  const { log, lines } = listen([PLANTED]);
  log.child({ where: "child" }).error({ text: `in the middle ${PLANTED} of a sentence`, list: [[PLANTED]] }, PLANTED);
  expect(lines.join("")).not.toContain(PLANTED);
  expect(lines.join("")).toContain('"where":"child"');
});

test("an error keeps what helps: type, code, message, stack and causes; a circle ends", () => {
  const { log, last } = listen();
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), { code: "ECONNREFUSED" });
  const error: Error & { self?: unknown } = new Error("the store is away", { cause });
  error.self = error;
  log.error({ err: error }, "a run failed");
  expect(last()).toMatchObject({
    msg: "a run failed",
    err: { type: "Error", message: "the store is away", cause: { code: "ECONNREFUSED" }, self: "[circular]" },
  });
  expect(last().err.stack).toContain("log.test");
  log.error(error);
  expect(last().msg).toBe("the store is away");
});

test("every line below an operation carries its id, side by side and inside one another, and none after its end", async () => {
  const { log, lines, last } = listen();
  let later: () => void = () => undefined;
  await Promise.all(
    ["one", "two"].map((id) =>
      logAsOperation(id, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        log.info({ of: id }, "inside");
        if (id === "one") await logAsOperation("inner", async () => log.info({ of: "inner" }, "inside"));
        const after = new Promise<void>((resolve) => {
          later = resolve;
        }).then(() => log.info("what was opened for longer"));
        void after;
      }),
    ),
  );
  for (const line of lines.map((text) => JSON.parse(text))) expect(line.operation).toBe(line.of);
  expect(lines).toHaveLength(3);
  later();
  await new Promise((resolve) => setImmediate(resolve));
  expect(last()).not.toHaveProperty("operation");
  expect(currentOperation()).toBeNull();
});
