import pino from "pino";
import { expect, test } from "vitest";
import { openTestControl, tempFolder } from "../control/testing/test-control";
import { AppError } from "../errors";
import { openStore } from "../storage/open-store";
import { Catalog } from "./catalog";
import type { BackupContext } from "./context";
import { serializeManifest } from "./manifest";
import { ManifestEditor } from "./manifest-editor";
import { Ownership } from "./owner";
import { deleteDue } from "./remove";
import { catalogEntry } from "./testing/catalog-entry";

const MINUTE_MS = 60_000;

/** Five backups whose time is over, in a folder; `before` runs ahead of each removal of an object. */
async function fiveDue() {
  const { control, clock } = await openTestControl();
  const log = pino({ level: "silent" });
  const bucket = await openStore({ kind: "local", folder: await tempFolder() }, { clock });
  const hook = { before: async (_key: string): Promise<void> => undefined };
  const store: typeof bucket = Object.create(bucket, {
    delete: {
      value: async (key: string) => {
        await hook.before(key);
        await bucket.delete(key);
      },
    },
  });
  const deletesAt = clock.now().toISOString();
  for (let minutes = 0; minutes < 6; minutes += 1) {
    const at = new Date(clock.now().getTime() - minutes * MINUTE_MS);
    const { id, manifest } = catalogEntry({ at, bytes: 10, manifest: minutes > 0 ? { deletesAt } : {} });
    await bucket.put(`backups/${id}`, Buffer.alloc(10));
    if (manifest) await bucket.put(`backups/${id}.json`, serializeManifest(manifest));
  }
  const place = { prefix: "backups/", databaseName: "hesocial" };
  const catalog = new Catalog({ ...place, store, clock, log });
  await catalog.refresh();
  const key = "backups/hesocial.owner.json";
  const ownership = new Ownership({ store, key, serverId: "s", host: "h", environment: null, clock });
  const other = new Ownership({ store, key, serverId: "other", host: "h2", environment: null, clock });
  const { operations, memory } = control;
  const manifests = new ManifestEditor(store, catalog, clock);
  const ctx = { ...place, clock, log, store, catalog, ownership, manifests, operations, memory };
  const round = (stopping = new AbortController()) =>
    deleteDue({ ...ctx, stopping: stopping.signal } as unknown as BackupContext);
  const left = async () => {
    await catalog.refresh();
    return catalog.entries().length - 1;
  };
  const states = async () => (await operations.list({ limit: 50, kinds: ["delete"] })).operations.map((o) => o.state);
  return { hook, clock, memory, other, round, left, states };
}

test("a round of deletions ends after half a minute; the next ones do the rest", async () => {
  const t = await fiveDue();
  t.hook.before = async (key) => {
    if (!key.endsWith(".json")) await t.clock.advance(16_000);
  };
  await t.round();
  expect(await t.left()).toBe(3);
  await t.round();
  await t.round();
  expect(await t.left()).toBe(0);
});

test("a storage that fails is asked for one deletion a round; the others have their turn in the next", async () => {
  const t = await fiveDue();
  t.hook.before = async () => {
    throw new AppError("storage_unreachable", "away");
  };
  await t.round();
  await t.round();
  expect(await t.states()).toEqual(["failed", "failed"]);
  t.hook.before = async () => undefined;
  await t.round();
  expect(await t.left()).toBe(2);
});

test("a stop ends the round; what was cut off between manifest and file is finished by the next process", async () => {
  const t = await fiveDue();
  const stopping = new AbortController();
  t.hook.before = async (key) => {
    if (key.endsWith(".json")) return;
    stopping.abort();
    throw stopping.signal.reason;
  };
  await t.round(stopping);
  expect(await t.states()).toEqual(["cancelled"]);
  expect(await t.memory.get("pending-deletes")).not.toBeNull();
  t.hook.before = async () => undefined;
  expect(await t.left()).toBe(5);
  await t.round();
  expect([await t.left(), await t.memory.get("pending-deletes")]).toEqual([0, null]);
});

test("a path that another server takes over while hundreds are due is left alone from the next round on", async () => {
  const t = await fiveDue();
  t.hook.before = async (key) => {
    if (!key.endsWith(".json")) await t.clock.advance(31_000);
  };
  await t.round();
  await t.other.takeOver();
  await t.round();
  expect(await t.left()).toBe(4);
});
