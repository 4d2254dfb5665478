import { rename, statfs, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { bring, sendPart } from "../testing/brought-database";
import { ADMIN, createRuntimeFor, startRuntime } from "../testing/runtime-fixture";
import { uploadsOfTests } from "./testing/brought-uploads";

const HOUR_MS = 3_600_000;
const t = uploadsOfTests();

test("one that is dropped leaves no bytes, and takes none any more", async () => {
  const upload = await bring(t.uploads(), t.database);
  expect(await t.filesHere()).toHaveLength(1);
  await t.uploads().drop(ADMIN, { id: upload.id });
  expect(await t.filesHere()).toEqual([]);
  await expect(sendPart(t.uploads(), upload, { bytes: t.database, part: 0 })).rejects.toMatchObject({
    code: "not_found",
  });
});

test("without a part for a day it is dropped; a part in between keeps it", async () => {
  const upload = await t.begin();
  t.server.clock.move(20 * HOUR_MS);
  await sendPart(t.uploads(), upload, { bytes: t.database, part: 0 });
  t.server.clock.move(20 * HOUR_MS);
  expect((await t.uploads().get(upload.id)).received).toEqual([0]);
  t.server.clock.move(5 * HOUR_MS);
  await expect(t.uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  expect(await t.filesHere()).toEqual([]);
});

test("a restart drops it with its bytes; the clean-up of a start keeps what is brought meanwhile", async () => {
  await bring(t.uploads(), t.database);
  await t.server.stop();
  expect(await t.filesHere()).toHaveLength(1);
  const next = await createRuntimeFor(t.server);
  try {
    // Before the database is open: an admin may bring one because it cannot be opened.
    const early = await bring(next.nestegg.uploads, t.database);
    expect(await t.filesHere()).toHaveLength(1);
    await next.open();
    expect(await t.filesHere()).toHaveLength(1);
    expect((await next.nestegg.uploads.get(early.id)).received).toHaveLength(early.parts);
    await next.nestegg.uploads.drop(ADMIN, { id: early.id });
    expect(await t.filesHere()).toEqual([]);
  } finally {
    next.beginStop();
    await next.stop({ giveUp: new AbortController().signal, budgetLeftMs: 20_000 });
    await next.close();
  }
  t.server = await startRuntime({ folder: t.server.folder });
  expect(await t.filesHere()).toEqual([]);
}, 60_000);

test("a start of the server removes what an earlier process was brought", async () => {
  await bring(t.uploads(), t.database);
  await t.server.stop();
  t.server = await startRuntime({ folder: t.server.folder });
  expect(await t.filesHere()).toEqual([]);
}, 60_000);

test("without room for the whole file it does not begin, and what others have begun is counted", async () => {
  const disk = await statfs(t.server.folder);
  const free = disk.bavail * disk.bsize;
  await expect(t.begin(free)).rejects.toMatchObject({ code: "disk_full", hint: expect.stringContaining("Free disk") });
  expect(await t.filesHere()).toEqual([]);
  const most = Math.floor(free * 0.6);
  const first = await t.begin(most);
  await expect(t.begin(most)).rejects.toMatchObject({ code: "disk_full" });
  await t.uploads().drop(ADMIN, { id: first.id });
  await t.begin(most);
});

test("a disk that fills up in the middle fails the part alone, and the upload goes on when there is room", async () => {
  const upload = await t.begin();
  await sendPart(t.uploads(), upload, { bytes: t.database, part: 0 });
  const [path = ""] = await t.filesHere();
  await rename(path, `${path}.aside`);
  await symlink("/dev/full", path);
  await expect(sendPart(t.uploads(), upload, { bytes: t.database, part: 1 })).rejects.toMatchObject({
    code: "disk_full",
    message: expect.stringContaining("are kept"),
  });
  expect((await t.uploads().get(upload.id)).received).toEqual([0]);
  await rename(`${path}.aside`, path);
  for (let part = 1; part < upload.parts; part += 1) await sendPart(t.uploads(), upload, { bytes: t.database, part });
  expect(await t.finish(upload.id)).toMatchObject({ state: "ok" });
}, 60_000);
