import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock";
import { describeKept, freeKeptPath, keptFilesOf, removeLeftovers } from "./kept-files";

let folder: string;
let live: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-kept-"));
  live = join(folder, "shop.duckdb");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clockAt = (at: string) => ({ ...systemClock, now: () => new Date(at) });
const keptAt = (stamp: string) => `${live}.before-restore-${stamp}`;

async function keep(path: string): Promise<void> {
  await writeFile(path, "the old database");
  await describeKept(path, {
    version: 1,
    replacedAt: "2024-12-30T15:30:00.000Z",
    replacedBy: "a backup",
    backupId: null,
    actor: "ann",
    operationId: null,
    safetyBackupId: null,
    uncovered: false,
  });
}

test("the database replaced last is the newest kept one, also after the clock went back", async () => {
  const first = await freeKeptPath(live, clockAt("2031-01-01T00:00:00Z"));
  await keep(first);
  const second = await freeKeptPath(live, clockAt("2024-12-30T15:30:00Z"));
  await keep(second);
  expect((await keptFilesOf(live).list()).map(({ path }) => path)).toEqual([second, first]);
});

test.each([
  ["a folder", (path: string) => mkdir(path)],
  ["cut off", (path: string) => writeFile(path, '{"version": 1, "repl')],
  ["without a readable date", (path: string) => writeFile(path, '{"version":1,"replacedAt":"soon"}')],
])(
  "a kept database whose description is %s is still listed, and taken for one that is in no backup",
  async (_, spoil) => {
    await keep(keptAt("20241230-153000"));
    const spoilt = keptAt("20241231-010203");
    await writeFile(spoilt, "the old database");
    await spoil(`${spoilt}.about.json`);
    expect(await keptFilesOf(live).list()).toMatchObject([
      { path: spoilt, about: { replacedAt: "2024-12-31T01:02:03.000Z", backupId: null, uncovered: true } },
      { path: keptAt("20241230-153000"), about: { actor: "ann", uncovered: false } },
    ]);
  },
);

test("a folder with the name of a kept database is none", async () => {
  await keep(keptAt("20241230-153000"));
  const folderOfThatName = keptAt("20241231-010203");
  await keep(folderOfThatName);
  await rm(folderOfThatName);
  await mkdir(folderOfThatName);
  expect((await keptFilesOf(live).list()).map(({ path }) => path)).toEqual([keptAt("20241230-153000")]);
});

test("a folder with the name of a download keeps no other leftover from being removed", async () => {
  await mkdir(join(folder, "shop.duckdb.incoming-a", "deeper"), { recursive: true });
  await writeFile(join(folder, "shop.duckdb.incoming-b"), "half a backup");
  await removeLeftovers(live);
  expect(await readdir(folder)).toEqual([]);
});
