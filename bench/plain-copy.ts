import { copyFile, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import type { StoreSettings } from "../server/storage/object-store";

/** The product's own part size and number of parts at once, so that only what it does beside sending differs. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const KEY = "bench-plain-copy";

/** Seconds that the bare bytes take into the same store: no snapshot, no hash, no check, no manifest. */
export async function plainCopy(file: string, store: StoreSettings): Promise<number> {
  const startedAt = performance.now();
  if (store.kind === "local") await copyToFolder(file, join(store.folder, KEY));
  else await copyToBucket(file, store);
  const seconds = (performance.now() - startedAt) / 1000;
  if (store.kind === "local") await rm(join(store.folder, KEY));
  return seconds;
}

async function copyToFolder(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(file, target);
  // As durable as a stored backup is.
  const handle = await open(target, "r+");
  await handle.sync();
  await handle.close();
}

async function copyToBucket(file: string, store: Extract<StoreSettings, { kind: "r2" }>): Promise<void> {
  const { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = store;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    // As the product does: a store that does not answer "Expect" costs seconds a part.
    expectContinueHeader: false,
  });
  const handle = await open(file, "r");
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: KEY }));
  const { size } = await handle.stat();
  const limit = pLimit(PARTS_AT_ONCE);
  const numbers = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, index) => index + 1);
  const sendPart = async (PartNumber: number) => {
    const from = (PartNumber - 1) * PART_BYTES;
    const Body = Buffer.allocUnsafe(Math.min(PART_BYTES, size - from));
    await handle.read(Body, 0, Body.length, from);
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key: KEY, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const Parts = await Promise.all(numbers.map((number) => limit(() => sendPart(number))));
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: KEY, UploadId, MultipartUpload: { Parts } }));
  await handle.close();
  await client.send(new DeleteObjectCommand({ Bucket, Key: KEY }));
  client.destroy();
}
