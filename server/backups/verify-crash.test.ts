import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemClock } from "../clock";
import { openControl } from "../control/open-control";
import { AppError } from "../errors";
import { createLog } from "../log";
import type { RunJob } from "../worker/run-job";
import { systemCaller } from "./context";
import type { Manifest } from "./manifest";
import { VERIFY_STEPS, verifyWithin } from "./verify";

const manifest: Manifest = {
  version: 1,
  id: "app-manual-20241230-153000.duckdb",
  database: "app",
  type: "manual",
  createdAt: "2024-12-30T15:30:00Z",
  createdBy: "test",
  revision: "0",
  tags: {},
  note: "",
  locked: false,
  engine: { duckdb: "1.5.6", storageVersion: "v1.5.0" },
  file: { bytes: 1, etag: "e", partBytes: 1, parts: [], headerSha256: "", lineage: "" },
  transfer: { sentBytes: 0, reusedBytes: 0, baseId: null, requests: 0, durationMs: 0 },
  verification: null,
  origin: { serverId: "s", host: "h", appVersion: "0" },
};

const crash = () => Promise.reject(new AppError("worker_crashed", "The worker process crashed (SIGSEGV)."));

async function verifyWith(runJob: RunJob) {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-verify-crash-"));
  const control = await openControl({
    url: `file:${join(folder, "control.db")}`,
    migrationsFolder: fileURLToPath(new URL("../control/migrations", import.meta.url)),
    clock: systemClock,
    log: createLog("silent"),
  });
  let recorded: Manifest | null = null;
  const context = {
    catalog: { readManifest: async () => ({ manifest, etag: "m" }), keyOf: (id: string) => id },
    manifests: {
      async update(_id: string, change: (manifest: Manifest) => Manifest) {
        recorded = change(manifest);
        return recorded;
      },
    },
    storeSettings: { kind: "local", folder },
    scratchFolder: folder,
    runJob,
    clock: systemClock,
  } as unknown as Parameters<typeof verifyWithin>[0];
  const caller = systemCaller("test");
  const { id } = await control.operations.open({ kind: "verify", title: "t", caller, steps: [...VERIFY_STEPS] });
  const ended = await control.operations.run(id, async (operation) => {
    await verifyWithin(context, manifest.id, operation);
    return { summary: "" };
  });
  await control.close();
  await rm(folder, { recursive: true });
  return { ended, recorded: recorded as Manifest | null };
}

test("a copy on which DuckDB crashes when it is opened has failed its check, which is recorded with every step ended", async () => {
  const { ended, recorded } = await verifyWith((_job, { onMessage }) => {
    onMessage?.({ type: "opening" });
    return crash();
  });
  expect(ended).toMatchObject({ state: "failed", error: { code: "backup_damaged" } });
  expect(ended.steps.map(({ name, state }) => [name, state])).toEqual(VERIFY_STEPS.map((name) => [name, "ok"]));
  expect(recorded?.verification).toMatchObject({ result: "failed", error: expect.stringContaining("crash") });
});

test("a crash before the copy was opened says nothing of it: the run fails and the backup is as it was", async () => {
  const { ended, recorded } = await verifyWith(crash);
  expect(ended).toMatchObject({ state: "failed", error: { code: "worker_crashed" } });
  expect(recorded).toBeNull();
});
