import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { chmod, constants, copyFile, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { cloneFile } from "./local-copy";
import { createLocalStore } from "./local-store";
import { described, describeObjectStore, expectCode, sendPart } from "./testing/object-store-suite";

/** What a file system does that can share blocks between files; the one that tests run on may not. */
const cloneByCopying: typeof cloneFile = async (from, to) => {
  await copyFile(from, to, constants.COPYFILE_EXCL);
  return true;
};

describeObjectStore("the local store on a file system that clones", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-store-"));
  const create = () => createLocalStore({ folder }, { clock: systemClock, cloneFile: cloneByCopying });
  return { store: create(), reopen: create, stop: () => rm(folder, { recursive: true }) };
});

describe("what the local store copies", () => {
  let root: string;
  let folder: string;
  const create = () => createLocalStore({ folder }, { clock: systemClock });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "nestegg-store-"));
    folder = join(root, "data", "bucket");
  });
  afterEach(() => rm(root, { recursive: true }));
  const everything = async () => (await readdir(root, { recursive: true })).sort();

  describe("clones", () => {
    const cloning = (clone: typeof cloneFile = cloneByCopying) =>
      createLocalStore({ folder }, { clock: systemClock, cloneFile: clone });
    const hidden = async () => readdir(join(folder, ".nestegg"));

    it("makes a part of the same place without reading it, even when the source is gone by then", async () => {
      const store = cloning();
      const content = randomBytes(250);
      await store.put("base", content);
      const upload = await store.startMultipart("next", { partBytes: 100, copyFrom: await described(store, "base") });
      await sendPart(upload, 2, content.subarray(0, 100));
      await store.delete("base");
      await upload.copyPart(1, "base", { start: 0, end: 99 });
      await upload.copyPart(3, "base", { start: 200, end: 249 });
      await expectCode(upload.copyPart(2, "base", { start: 100, end: 199 }), "storage_failed");
      await sendPart(upload, 2, content.subarray(0, 100));
      await upload.complete();
      const whole = Buffer.concat([content.subarray(0, 100), content.subarray(0, 100), content.subarray(200)]);
      expect(await readFile(join(folder, "next"))).toEqual(whole);
    });

    it("is its owner's alone and writable, whatever was done to the source's mode", async () => {
      const store = cloning();
      await store.put("base", randomBytes(100));
      for (const mode of [0o644, 0o400]) {
        await chmod(join(folder, "base"), mode);
        const base = await described(store, "base");
        const upload = await store.startMultipart("next", { partBytes: 100, copyFrom: base });
        await upload.copyPart(1, "base", { start: 0, end: 99 });
        await upload.complete();
        await store.copy(base, "copy", {});
        for (const name of ["next", "copy"]) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      }
    });

    it("is not used when the source was replaced while it was made", async () => {
      const content = randomBytes(100);
      let beforeClone = async () => {};
      const store = cloning(async (from, to) => {
        await beforeClone();
        return cloneByCopying(from, to);
      });
      await store.put("base", Buffer.alloc(100, "old"));
      const old = await described(store, "base");
      beforeClone = async () => {
        await create().put("base", content);
      };
      await expectCode(store.copy(old, "copy", {}), "storage_precondition");
      expect(await store.head("copy")).toBeNull();
      await store.put("base", Buffer.alloc(100, "old"));
      const upload = await store.startMultipart("next", { partBytes: 100, copyFrom: await described(store, "base") });
      await upload.copyPart(1, "base", { start: 0, end: 99 });
      await upload.complete();
      expect(await readFile(join(folder, "next"))).toEqual(content);
      expect(await hidden()).toEqual([]);
    });

    it("is dropped with its upload, also while it is being made", async () => {
      let goOn = () => {};
      const started = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const store = cloning(async (from, to) => {
        await started;
        return cloneByCopying(from, to);
      });
      await store.put("base", randomBytes(100));
      const upload = await store.startMultipart("next", { partBytes: 100, copyFrom: await described(store, "base") });
      const dropping = upload.abort();
      goOn();
      await dropping;
      expect(await hidden()).toEqual([]);
    });

    it("fails with the disk, not with the offer of a clone", async () => {
      const store = cloning(() => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })));
      const content = randomBytes(100);
      await store.put("base", content);
      const base = await described(store, "base");
      await store.copy(base, "copy", {});
      const upload = await store.startMultipart("next", { partBytes: 100, copyFrom: base });
      await upload.copyPart(1, "base", { start: 0, end: 99 });
      await upload.complete();
      for (const name of ["copy", "next"]) expect(await readFile(join(folder, name))).toEqual(content);
    });

    it("is made by the file system where it can, and leaves nothing where it cannot", async () => {
      const content = randomBytes(100_000);
      await writeFile(join(root, "from"), content);
      if (await cloneFile(join(root, "from"), join(root, "to")))
        expect(await readFile(join(root, "to"))).toEqual(content);
      else expect(await everything()).toEqual(["from"]);
    });
  });

  describe("a whole copy", () => {
    it("that a killed process left half done is dropped an hour later", async () => {
      const store = create();
      await store.put("base", randomBytes(100));
      await writeFile(join(folder, ".nestegg", "copy-of-a-killed-process"), "half");
      const copyAt = async (hoursFromNow: number) => {
        const now = new Date(Date.now() + hoursFromNow * 3_600_000);
        const later = createLocalStore({ folder }, { clock: { ...systemClock, now: () => now } });
        await later.copy(await described(later, "base"), "copy", {});
        return readdir(join(folder, ".nestegg"));
      };
      expect(await copyAt(0.9)).toEqual(["copy-of-a-killed-process"]);
      expect(await copyAt(1.1)).toEqual([]);
    });

    it("stops when it is cancelled, and leaves nothing", async () => {
      const store = create();
      await store.put("base", randomBytes(5_000_000));
      await store.put("copy", Buffer.from("kept"));
      const stop = new AbortController();
      const openFile = async (path: string, flags: string, mode: number): Promise<FileHandle> => {
        stop.abort();
        return open(path, flags, mode);
      };
      const watched = createLocalStore({ folder }, { clock: systemClock, openFile });
      const copying = watched.copy(await described(store, "base"), "copy", { signal: stop.signal });
      await expectCode(copying, "cancelled");
      expect(await everything()).toEqual([
        "data",
        "data/bucket",
        "data/bucket/.nestegg",
        "data/bucket/base",
        "data/bucket/copy",
      ]);
      expect(await readFile(join(folder, "copy"), "utf8")).toBe("kept");
    });
  });
});
