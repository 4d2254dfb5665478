import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseLifecycle, writeLifecycle } from "./lifecycle-xml";
import type { LifecycleRule, ObjectStore } from "./object-store";
import { createR2Store } from "./r2-store";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy";
import { expectCode } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";

/** The proxy answers for the rules itself; nothing stands behind it. */
const NOBODY = {
  kind: "r2" as const,
  endpoint: "http://127.0.0.1:1/",
  region: "auto",
  bucket: "nestegg-test",
  accessKeyId: "a".repeat(32),
  secretAccessKey: "not-checked-here",
};
const FOREIGN = `<Rule><ID>Default Multipart Abort Rule</ID>
  <Filter><And><Prefix>logs/</Prefix><Tag><Key>k</Key><Value>a &amp; b</Value></Tag></And></Filter>
  <Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>
  <Transition><Days>3</Days><StorageClass>STANDARD_IA</StorageClass></Transition><SomethingNew x="1">?</SomethingNew></Rule>`;
const OWN: LifecycleRule = {
  id: "nestegg-expire",
  prefix: "backups/hesocial-",
  enabled: true,
  expireDays: 90,
  abortDays: null,
  coversPrefix: true,
};

let proxy: FaultyProxy;
let store: ObjectStore;

beforeAll(async () => {
  proxy = await startFaultyProxy({ target: NOBODY });
});
afterAll(() => proxy?.stop());
beforeEach(() => {
  store = createR2Store(proxy.settings, { clock: createQuickClock() });
  proxy.clear();
  proxy.requests.length = 0;
  proxy.lifecycle.xml = null;
});

test("no rules are no error, and what another tool wrote goes back byte for byte", async () => {
  expect(await store.readLifecycle()).toEqual([]);
  proxy.lifecycle.xml = `<?xml version="1.0"?>\n<LifecycleConfiguration>\n${FOREIGN}\n</LifecycleConfiguration>`;
  const rules = (await store.readLifecycle()) ?? [];
  expect(rules).toEqual([
    {
      id: "Default Multipart Abort Rule",
      prefix: "logs/",
      enabled: true,
      expireDays: null,
      expireDate: "2030-01-01T00:00:00Z",
      abortDays: null,
      coversPrefix: false,
      asWritten: FOREIGN,
    },
  ]);
  await store.writeLifecycle([...rules, OWN]);
  expect(proxy.lifecycle.xml).toContain(FOREIGN);
  expect((await store.readLifecycle())?.[1]).toMatchObject(OWN);
});

test("is sent with the classical checksum only, and counted by its price", async () => {
  await store.writeLifecycle([OWN]);
  await store.readLifecycle();
  const [put] = proxy.requests;
  expect(put).toMatchObject({ verb: "putLifecycle", status: 200 });
  expect(Object.keys(put?.headers ?? {}).filter((name) => name.includes("checksum"))).toEqual([]);
  expect(String(put?.headers.authorization)).toContain("content-md5");
  expect(store.requestCounts()).toEqual({ classA: 1, classB: 1, free: 0 });
});

test("a key that may not says which permission it takes, that backups need none, and what to do instead", async () => {
  proxy.inject({ fault: { kind: "forbidden" } });
  for (const [doing, word] of [
    [store.readLifecycle(), "read"],
    [store.writeLifecycle([OWN]), "write"],
  ] as const) {
    await expect(doing).rejects.toMatchObject({
      code: "storage_forbidden",
      message: expect.stringMatching(
        new RegExp(`may not ${word} the rules .* "Admin Read & Write"\\. Backups work without`),
      ),
      hint: expect.stringContaining("by hand"),
    });
  }
});

test("passing faults are tried again, an answer that is no list is an error and not an empty one", async () => {
  for (const kind of ["server-error", "reset-before", "reset-after", "throttled"] as const) {
    proxy.inject({ fault: { kind }, times: 1 });
    proxy.lifecycle.xml = null;
    if (kind !== "reset-after") expect(await store.readLifecycle()).toEqual([]);
  }
  proxy.clear();
  proxy.lifecycle.xml = "<Something/>";
  await expectCode(store.readLifecycle(), "storage_failed");
});

test("a rule written by us reads as it was meant, whatever its prefix", () => {
  const rule = { ...OWN, prefix: 'a&b<c>"d/ü', abortDays: 7 };
  const [read] = parseLifecycle(writeLifecycle([rule])) ?? [];
  expect(read).toMatchObject(rule);
});
