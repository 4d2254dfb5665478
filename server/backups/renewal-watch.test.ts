import { expect, test } from "vitest";
import type { CatalogEntry } from "./catalog";
import { rulesRow } from "./doctor/rules-row";
import { dueForRenewal } from "./due-for-renewal";
import { noteRule, noteUnreadRule, overdueRenewals } from "./renewal-watch";
import { catalogEntry } from "./testing/catalog-entry";

const DAY_MS = 24 * 3_600_000;
const AT = "2026-01-01T00:00:00Z";
const OLD = catalogEntry({ at: AT, manifest: { locked: true } });
const ENTRIES = [catalogEntry({ at: "2026-03-01T00:00:00Z" }), OLD, catalogEntry({ at: "2025-12-01T00:00:00Z" })];

function contextAfter(days: number, entries: CatalogEntry[] = ENTRIES) {
  const kept = new Map<string, string>();
  return {
    memory: {
      get: async (name: string) => kept.get(name) ?? null,
      set: async (name: string, value: string | null) =>
        void (value === null ? kept.delete(name) : kept.set(name, value)),
    },
    catalog: { entries: () => entries },
    clock: { now: () => new Date(Date.parse(AT) + days * DAY_MS) },
  } as unknown as Parameters<typeof overdueRenewals>[0];
}

test("a protected backup not written for seventy days is overdue under a rule of ninety, sooner under a sooner one", async () => {
  const late = contextAfter(71);
  expect(await overdueRenewals(late)).toBeNull();
  await noteRule(late, 90);
  expect(await overdueRenewals(late)).toEqual({ ids: [OLD.id], afterDays: 70, ruleDays: 90 });
  await noteRule(late, 365);
  expect(await overdueRenewals(late)).toBeNull();
  const early = contextAfter(69);
  await noteRule(early, 90);
  expect(await overdueRenewals(early)).toBeNull();
  await noteRule(early, 30);
  expect(await overdueRenewals(early)).toMatchObject({ ids: [OLD.id], afterDays: 24 });
});

test("a key that may not read the rules is warned by the rule that Nestegg would write, until it has read others", async () => {
  const late = contextAfter(71);
  await noteUnreadRule(late);
  expect(await overdueRenewals(late)).toMatchObject({ ids: [OLD.id], ruleDays: 90 });
  await noteRule(late, null);
  await noteUnreadRule(late);
  expect(await overdueRenewals(late)).toBeNull();
});

test("the doctor calls overdue renewals a fault, whatever the rules say", () => {
  const overdue = { ids: [OLD.id], afterDays: 70, ruleDays: 90 };
  expect(rulesRow(null, overdue)).toMatchObject({ state: "fault", text: expect.stringContaining(OLD.id) });
  expect(rulesRow(null, null)).toMatchObject({ state: "skipped" });
});

test("the older of file and manifest decides, and one without protection is nobody's matter", async () => {
  const young = new Date("2026-03-10T00:00:00Z");
  const copied = { ...OLD, object: OLD.object && { ...OLD.object, lastModified: young } };
  for (const [entry, ids] of [
    [copied, [OLD.id]],
    [{ ...copied, manifestAt: young }, undefined],
    [catalogEntry({ at: AT }), undefined],
  ] as const) {
    const ctx = contextAfter(71, [catalogEntry({ at: "2026-03-01T00:00:00Z" }), entry]);
    await noteRule(ctx, 90);
    expect((await overdueRenewals(ctx))?.ids).toEqual(ids);
  }
});

test("one that cannot be renewed leaves the next one its turn, and a sooner rule counts by its own days", async () => {
  const at = [0, 1, 2].map((day) => new Date(Date.parse(AT) + day * DAY_MS));
  const [newest, ...older] = at.map((time) => catalogEntry({ at: time, manifest: { locked: true } })).reverse();
  const [second, first] = older;
  const goesAt = new Date(Date.parse(AT) + 80 * DAY_MS).toISOString();
  const kept = catalogEntry({ at: AT, type: "scheduled" });
  const entries = [newest, second, first, kept].filter((entry) => entry !== undefined);
  const ctx = {
    ...contextAfter(65, entries),
    catalog: { entries: () => entries, problem: null, readAt: new Date(AT) },
    operations: { active: () => [] },
    retention: { plan: () => [{ id: kept.id, stays: true, goesAt }] },
    ownership: { owner: null, ours: true },
    isOpen: () => true,
  } as unknown as Parameters<typeof dueForRenewal>[0];
  const due = async (paused: (CatalogEntry | undefined)[], ruleDays = 90) => {
    const isPaused = (id: string) => paused.some((entry) => entry?.id === id);
    const renewAfterMs = 60 * DAY_MS;
    return (await dueForRenewal(ctx, { renewAfterMs, untilRuleMs: ruleDays * DAY_MS - renewAfterMs, isPaused }))?.id;
  };
  expect(await due([])).toBe(first?.id);
  expect(await due([first])).toBe(second?.id);
  expect(await due([first, second, newest])).toBeUndefined();
  expect(await due([first, second, newest], 70)).toBe(kept.id);
});
