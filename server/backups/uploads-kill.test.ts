import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDatabase } from "../testing/brought-database";
import { forkProgram } from "../testing/fork-program";
import { startRuntime } from "../testing/runtime-fixture";
import type { FromUploadProcess } from "../testing/upload-process";
import { UPLOAD_STEPS } from "./register-brought";

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
  file = join(folder, "brought.duckdb");
  await makeDatabase(file, 200_000);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function killAt(data: string, step: string): Promise<void> {
  const child = forkProgram("upload-process", [data, file]);
  const over = once(child, "exit");
  let reached = false;
  child.on("message", (message: FromUploadProcess) => {
    if (message.type === "step" && message.name !== step) return;
    reached ||= message.type === "step";
    child.kill("SIGKILL");
  });
  await over;
  expect(reached).toBe(true);
}

test.each([...UPLOAD_STEPS])(
  "killed at the step %s, nothing is listed that is not whole, and nothing is left behind",
  async (step) => {
    const data = await mkdtemp(join(tmpdir(), "nestegg-kill-"));
    try {
      await killAt(data, step);
      const server = await startRuntime({ folder: data });
      try {
        await server.settled();
        const { operations } = await server.nestegg.operations.list({ limit: 5, kinds: ["upload"] });
        expect(operations.map(({ state }) => state)).toEqual([expect.stringMatching(/^(interrupted|ok)$/)]);
        const keys = await server.keys();
        expect(keys.filter((key) => key.endsWith(".claim"))).toEqual([]);
        const objects = keys.filter((key) => key.endsWith(".duckdb"));
        expect(keys.filter((key) => key.endsWith(".duckdb.json")).map((key) => key.slice(0, -5))).toEqual(objects);
        const { backups } = await server.nestegg.backups.list({ fresh: true });
        for (const backup of backups) expect(["stored", "verified"]).toContain(backup.state);
        const names = await readdir(join(data, "scratch"), { recursive: true }).catch(() => []);
        expect(names.filter((name) => name.includes("upload"))).toEqual([]);
      } finally {
        await server.stop();
      }
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
  120_000,
);
