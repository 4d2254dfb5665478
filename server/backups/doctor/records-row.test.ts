import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openTestControl } from "../../control/testing/test-control";
import { openStore } from "../../storage/open-store";
import { recordsRow } from "./records-row";

const KEY = "backups/hesocial.records.json";

/** A server that remembers to have written its records now. */
async function server() {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-records-row-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { control, clock } = await openTestControl();
  const store = await openStore({ kind: "local", folder }, { clock });
  const at = clock.now().toISOString();
  await control.memory.set(
    "own-records",
    JSON.stringify({ at, digest: "d", toldAt: at, place: `${KEY} in ${store.label}` }),
  );
  const catalog = { entries: () => [], problem: null as string | null };
  const place = { backupEnabled: true, prefix: "backups/", databaseName: "hesocial", startedAt: clock.now() };
  const ctx = { ...place, clock, store, memory: control.memory, ownership: { ours: true } as never };
  return { store, catalog, row: () => recordsRow({ ...ctx, catalog: catalog as never }) };
}

test("a copy that was written and is there no more is told, with what it means and what to do", async () => {
  const { store, row } = await server();
  await store.put(KEY, new TextEncoder().encode("{}"));
  expect(await row()).toMatchObject({ state: "ok", text: expect.stringContaining("are beside the backups") });
  await store.delete(KEY);
  expect(await row()).toMatchObject({
    state: "warning",
    text: expect.stringMatching(
      /^backups\/hesocial\.records\.json, written .* not delete it: backups restore without it/,
    ),
    hint: expect.stringContaining("written again"),
  });
});

test("while the storage is away nothing is said of the copy", async () => {
  const { catalog, row } = await server();
  catalog.problem = "the bucket does not answer";
  expect(await row()).toMatchObject({ state: "skipped", hint: null });
});
