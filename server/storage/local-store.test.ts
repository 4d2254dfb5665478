import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdtemp, open, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { createLocalStore } from "./local-store";
import { heldBytes } from "./testing/held-bytes";
import {
  collect,
  described,
  describeObjectStore,
  existing,
  expectCode,
  listAll,
  sendPart,
} from "./testing/object-store-suite";

describeObjectStore(
  "the local store",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-store-"));
    const create = () => createLocalStore({ folder: join(folder, "bucket") }, { clock: systemClock });
    return { store: create(), reopen: create, stop: () => rm(folder, { recursive: true }) };
  },
  { lifecycle: "none" },
);

describe("the local store on disk", () => {
  let root: string;
  let folder: string;
  const create = () => createLocalStore({ folder }, { clock: systemClock });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "nestegg-store-"));
    folder = join(root, "data", "bucket");
  });
  afterEach(() => rm(root, { recursive: true }));
  const everything = async () => (await readdir(root, { recursive: true })).sort();

  it("lays objects out like the bucket, readable by its owner only", async () => {
    await create().put("backups/hesocial-manual-20241230-153000.duckdb", Buffer.from("x"));
    expect((await stat(join(folder, "backups/hesocial-manual-20241230-153000.duckdb"))).mode & 0o777).toBe(0o600);
    for (const path of [folder, join(folder, "backups"), join(folder, ".nestegg")])
      expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it("is an empty bucket before the first write, and makes no folder for a look", async () => {
    const store = create();
    expect(await listAll(store, "")).toEqual([]);
    expect(await store.head("a")).toBeNull();
    await store.delete("a/b");
    await store.abortMultipart("a", "0".repeat(32));
    expect(await everything()).toEqual([]);
  });

  it("leaves no temporary file and no empty folder behind", async () => {
    const store = create();
    await store.put("a/b/c", Buffer.from("x"));
    await expectCode(store.put("a/b/c", Buffer.from("x"), { ifNoneMatch: "*" }), "storage_precondition");
    await expectCode(store.put("a/b/c", Buffer.from("x"), { ifMatch: "other" }), "storage_precondition");
    const upload = await store.startMultipart("a/b/d", { partBytes: 100 });
    await sendPart(upload, 1, randomBytes(100));
    await upload.abort();
    const finished = await store.startMultipart("a/b/d", { partBytes: 100 });
    await sendPart(finished, 1, randomBytes(100));
    await finished.complete();
    await store.delete("a/b/c");
    await store.delete("a/b/d");
    expect(await everything()).toEqual(["data", "data/bucket", "data/bucket/.nestegg"]);
  });

  it("drops what a killed process left behind, after the seven days that R2 gives it too", async () => {
    const killed = await create().startMultipart("a", { partBytes: 100 });
    const later = new Date(Date.now() + 6 * 24 * 3_600_000);
    const clock = { ...systemClock, now: () => later };
    const store = createLocalStore({ folder }, { clock });
    await (await store.startMultipart("b", { partBytes: 100 })).abort();
    expect(await readdir(join(folder, ".nestegg"))).toEqual([`upload-${killed.uploadId}`]);
    later.setDate(later.getDate() + 2);
    await (await store.startMultipart("b", { partBytes: 100 })).abort();
    expect(await readdir(join(folder, ".nestegg"))).toEqual([]);
    await killed.abort();
  });

  it("survives deletes that remove the folder a write is about to use", async () => {
    const store = create();
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await store.put(`deep/folder/${index % 4}`, Buffer.from("x"));
        await store.delete(`deep/folder/${index % 4}`);
      }),
    );
    expect(await listAll(store, "")).toEqual([]);
  });

  it("says clearly that a name cannot be a file and a folder, and harms neither", async () => {
    const store = create();
    await store.put("a", Buffer.from("file"));
    await expectCode(store.put("a/b", Buffer.from("x")), "storage_failed");
    expect(await store.head("a/b")).toBeNull();
    await store.put("c/d", Buffer.from("x"));
    await expectCode(store.put("c", Buffer.from("x")), "storage_failed");
    await expectCode(store.put("c", Buffer.from("x"), { ifNoneMatch: "*" }), "storage_failed");
    expect(await store.get("c")).toBeNull();
    await store.delete("c");
    expect((await listAll(store, "")).map(({ key }) => key)).toEqual(["a", "c/d"]);
    await store.delete("c/d");
    await store.put("c", Buffer.from("now free"));
  });

  it("passes over files that are not objects of its own", async () => {
    const store = create();
    await store.put("mine", Buffer.from("x"));
    await writeFile(join(folder, ".DS_Store"), "x");
    await writeFile(join(folder, "100%.txt"), "x");
    await writeFile(join(folder, "%2e%2e"), "x");
    await writeFile(join(root, "secret"), "secret");
    await symlink(join(root, "secret"), join(folder, "link"));
    expect((await listAll(store, "")).map(({ key }) => key)).toEqual(["mine"]);
    expect(await store.get("link")).toBeNull();
  });

  it("reads a file to the end although it is replaced meanwhile", async () => {
    const store = create();
    const content = randomBytes(2_000_000);
    await store.put("a", content);
    const body = await existing(store.get("a"));
    await store.put("a", randomBytes(2_000_000));
    expect((await collect(body)).equals(content)).toBe(true);
  });

  it("throws when a file gets shorter under its reader", async () => {
    const store = create();
    await store.put("a", randomBytes(2_000_000));
    const body = await existing(store.get("a"));
    const handle = await open(join(folder, "a"), "r+");
    await handle.truncate(1_000_000);
    await handle.close();
    await expectCode(collect(body), "storage_failed");
  });

  it("reports a full disk as such and leaves nothing behind", async () => {
    const openFile = async (path: string, flags: string, mode: number): Promise<FileHandle> => {
      const handle = await open(path, flags, mode);
      handle.write = () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
      return handle;
    };
    const store = createLocalStore({ folder }, { clock: systemClock, openFile });
    await expectCode(store.put("a", Buffer.from("x")), "disk_full");
    const upload = await store.startMultipart("b", { partBytes: 100 });
    await expectCode(sendPart(upload, 1, randomBytes(100)), "disk_full");
    await upload.abort();
    expect(await everything()).toEqual(["data", "data/bucket", "data/bucket/.nestegg"]);
    await create().put("base", Buffer.from("x"));
    await expectCode(store.copy(await described(store, "base"), "copy", {}), "disk_full");
    expect(await everything()).toEqual(["data", "data/bucket", "data/bucket/.nestegg", "data/bucket/base"]);
  });

  it("reports a name that the file system cannot hold, and a folder that is a file", async () => {
    await expectCode(create().put("x".repeat(300), Buffer.from("x")), "invalid_input");
    await rm(folder, { recursive: true });
    await writeFile(folder, "not a folder");
    await expectCode(create().put("a", Buffer.from("x")), "storage_failed");
    await expectCode(listAll(create(), ""), "storage_failed");
  });

  it("keeps its memory flat while it copies and reads", async () => {
    const store = create();
    const partBytes = 32 * 1024 * 1024;
    const first = await store.startMultipart("base", { partBytes });
    await sendPart(first, 1, Buffer.alloc(partBytes, 1));
    await first.complete();
    const before = heldBytes();
    const second = await store.startMultipart("next", { partBytes });
    await second.copyPart(1, "base", { start: 0, end: partBytes - 1 });
    await second.complete();
    let peak = heldBytes() - before;
    let bytes = 0;
    for await (const chunk of (await existing(store.get("next"))).stream) {
      bytes += chunk.byteLength;
      if (bytes % 4_000_000 < chunk.byteLength) peak = Math.max(peak, heldBytes() - before);
    }
    expect(bytes).toBe(partBytes);
    // The collector frees buffers in its own time; the object is 32 MiB.
    expect(peak).toBeLessThan(20 * 1024 * 1024);
  });

  it("writes control characters of a name so that a terminal and a file system can hold them", async () => {
    const store = create();
    await store.put("new\nline/\u0000null/\u001b[31m", Buffer.from("x"));
    expect((await listAll(store, "")).map(({ key }) => key)).toEqual(["new\nline/\u0000null/\u001b[31m"]);
    expect(await readdir(folder)).toContain("new%0Aline");
  });

  describe("an upload that goes on", () => {
    const begin = async () => {
      const first = await create().startMultipart("a", { partBytes: 100 });
      const receipts = [await sendPart(first, 1, randomBytes(100)), await sendPart(first, 2, randomBytes(50))];
      return { uploadId: first.uploadId, writeMark: first.writeMark, receipts };
    };

    it("is gone when the machine was started anew: a power cut may have taken its bytes", async () => {
      const unfinished = await begin();
      const afterPowerCut = createLocalStore({ folder }, { clock: systemClock, bootId: async () => "another start" });
      await expectCode(afterPowerCut.resumeMultipart("a", unfinished, { partBytes: 100 }), "storage_upload_gone");
      expect(await create().resumeMultipart("a", unfinished, { partBytes: 100 })).toMatchObject({
        uploadId: unfinished.uploadId,
      });
    });

    it("is gone when its file is shorter than the parts that it should hold", async () => {
      const unfinished = await begin();
      await truncate(join(folder, ".nestegg", `upload-${unfinished.uploadId}`), 149);
      await expectCode(create().resumeMultipart("a", unfinished, { partBytes: 100 }), "storage_upload_gone");
    });
  });
});
