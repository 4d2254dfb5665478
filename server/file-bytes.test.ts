import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readInto, writeAll } from "./file-bytes";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-bytes-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("everything is written and read although the system takes and gives three bytes at a time", async () => {
  const file = await open(join(folder, "slow"), "w+");
  const handle = {
    write: (bytes: Uint8Array, offset: number, length: number, position: number) =>
      file.write(bytes, offset, Math.min(length, 3), position),
    read: (bytes: Uint8Array, offset: number, length: number, position: number) =>
      file.read(bytes, offset, Math.min(length, 3), position),
  } as Pick<typeof file, "write" | "read">;
  const bytes = Buffer.from("a snapshot of eleven or more bytes");
  await writeAll(handle, bytes, 5);
  expect((await readFile(join(folder, "slow"))).subarray(5).equals(bytes)).toBe(true);
  const target = Buffer.alloc(bytes.length + 10);
  expect(await readInto(handle, target, 5)).toBe(bytes.length);
  expect(target.subarray(0, bytes.length).equals(bytes)).toBe(true);
  await file.close();
});
