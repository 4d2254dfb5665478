import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataFolder } from "./data-folder-lock";

let folder: string;
let holder: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-lock-"));
  const program = fileURLToPath(new URL("./testing/hold-data-folder.ts", import.meta.url));
  holder = spawn(process.execPath, ["--expose-gc", "--import", "tsx", program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (holder.stdout) await once(holder.stdout, "data");
});

afterEach(async () => {
  holder.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

test("a second server on a data folder is refused by name of the first, and gets it once the first was killed outright", async () => {
  // Time for the first one's collector: the lock must not depend on somebody keeping the answer.
  await pause(500);
  await expect(lockDataFolder(folder)).rejects.toThrow(`another Nestegg (pid ${holder.pid}) owns ${folder}`);
  await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: "conflict" });

  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = await lockDataFolder(folder);
  await lock.release();
  await (await lockDataFolder(folder)).release();
});

test("a data folder that cannot be written is named, with what to do", async () => {
  const notAFolder = join(folder, "file");
  await writeFile(notAFolder, "");
  for (const unusable of [notAFolder, join(folder, "missing")]) {
    await expect(lockDataFolder(unusable)).rejects.toMatchObject({
      message: `The data folder ${unusable} cannot be written, so it was not locked. Nothing was touched.`,
      hint: expect.stringContaining("DATA_DIR"),
    });
  }
});
