import { expect, test } from "vitest";
import type { AlertNotice } from "../nestegg-operate";
import type { CatalogEntry } from "./catalog";
import { catalogEntry } from "./testing/catalog-entry";
import { VanishedWatch, vanished, vanishedChecks } from "./vanished";

const DAY_MS = 24 * 3_600_000;
const LOCKED = catalogEntry({ at: "2026-01-01T00:00:00Z", manifest: { locked: true } });
const ORDINARY = catalogEntry({ at: "2026-01-02T00:00:00Z" });
const NEWEST = catalogEntry({ at: "2026-01-03T00:00:00Z" });
const NEXT = catalogEntry({ at: "2026-01-04T00:00:00Z" });

function storage() {
  const kept = new Map<string, string>();
  const told: AlertNotice[] = [];
  const state = {
    entries: [NEWEST, ORDINARY, LOCKED] as CatalogEntry[],
    label: "a disk",
    days: 0,
    ours: true,
    problem: null as unknown,
  };
  const ctx = {
    memory: {
      get: async (name: string) => kept.get(name) ?? null,
      set: async (name: string, value: string) => void kept.set(name, value),
    },
    catalog: {
      readAt: new Date(),
      get problem() {
        return state.problem;
      },
      entries: () => state.entries,
    },
    store: {
      get label() {
        return state.label;
      },
    },
    prefix: "backups/",
    ownership: {
      get ours() {
        return state.ours;
      },
    },
    clock: { now: () => new Date(Date.parse("2026-01-05T00:00:00Z") + state.days * DAY_MS) },
    tell: (notice: AlertNotice) => void told.push(notice),
  } as unknown as ConstructorParameters<typeof VanishedWatch>[0];
  return { ctx, state, told, ids: async () => (await vanished(ctx)).map(({ id }) => id) };
}

/** All of them were seen once. */
async function watched() {
  const seen = storage();
  const watch = new VanishedWatch(seen.ctx);
  await watch.look();
  return { ...seen, watch };
}

test("protected backups that are not listed any more are told once, and again when they are back", async () => {
  const { ctx, state, told, ids, watch } = await watched();
  expect(await ids()).toEqual([]);
  // Ends what a process before may have told.
  expect(told.splice(0)).toMatchObject([{ kind: "recovered", key: "vanished" }]);
  // Another disk, with a first backup of its own.
  state.entries = [NEXT];
  await watch.look();
  await watch.look();
  expect(await ids()).toEqual([NEWEST.id, LOCKED.id]);
  expect(told).toMatchObject([{ kind: "trouble", key: "vanished", text: expect.stringContaining(NEWEST.id) }]);
  expect(await vanishedChecks(ctx)).toMatchObject([
    { state: "fail", text: expect.stringContaining("2 protected ones") },
  ]);
  // The next process knows it too, and tells it: the alerts know what was told.
  await new VanishedWatch(ctx).look();
  expect(await ids()).toEqual([NEWEST.id, LOCKED.id]);
  state.entries = [NEXT, NEWEST, ORDINARY, LOCKED];
  await watch.look();
  expect(await ids()).toEqual([]);
  expect(told.at(-1)).toMatchObject({ kind: "recovered" });
});

test("one that lost its protection before it went is nobody's matter", async () => {
  const { state, ids, watch } = await watched();
  state.entries = [
    NEXT,
    NEWEST,
    ORDINARY,
    { ...LOCKED, manifest: LOCKED.manifest && { ...LOCKED.manifest, locked: false } },
  ];
  await watch.look();
  state.entries = [NEXT];
  await watch.look();
  expect(await ids()).toEqual([]);
});

test("a storage that does not answer, and settings that point elsewhere, make nothing vanish", async () => {
  const { state, ids, watch } = await watched();
  state.entries = [];
  state.problem = new Error("away");
  await watch.look();
  expect(await ids()).toEqual([]);
  state.problem = null;
  state.label = "another bucket";
  await watch.look();
  expect(await ids()).toEqual([]);
});

test("another server that owns the path may delete there", async () => {
  const { state, ids, watch } = await watched();
  state.ours = false;
  state.entries = [NEXT];
  await watch.look();
  expect(await ids()).toEqual([]);
});

test("after two weeks what is gone is history", async () => {
  const { state, ids, watch } = await watched();
  state.entries = [NEXT];
  await watch.look();
  state.days = 13;
  await watch.look();
  expect(await ids()).toHaveLength(2);
  state.days = 15;
  await watch.look();
  expect(await ids()).toEqual([]);
});
