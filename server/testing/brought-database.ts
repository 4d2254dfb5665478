import { readFile } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import type { UploadVerbs, UploadView } from "../nestegg-restore";
import { ADMIN } from "./runtime-fixture";

/** As a network does it: in pieces that fit nowhere. */
const CHUNK_BYTES = 1_000_003;

/** A closed database file of about 45 bytes a row, with something in its free list. */
export async function makeDatabase(path: string, rows: number, last?: string): Promise<Buffer> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE members AS SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS name FROM range(${rows})`,
  );
  await connection.run("CREATE TABLE dropped AS SELECT range AS id, md5(range::VARCHAR) AS name FROM range(20000)");
  await connection.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR)");
  await connection.run("INSERT INTO notes VALUES (1, 'brought')");
  await connection.run("CHECKPOINT");
  await connection.run("DROP TABLE dropped");
  if (last) await connection.run(last);
  await connection.run("CHECKPOINT");
  connection.closeSync();
  instance.closeSync();
  return readFile(path);
}

export async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

export function partOf(upload: UploadView, bytes: Uint8Array, part: number): Uint8Array {
  return bytes.subarray(part * upload.partBytes, (part + 1) * upload.partBytes);
}

export async function sendPart(uploads: UploadVerbs, upload: UploadView, sent: { bytes: Uint8Array; part: number }) {
  return uploads.putPart({ id: upload.id, part: sent.part, body: inChunks(partOf(upload, sent.bytes, sent.part)) });
}

/** Everything but `finish`. */
export async function bring(uploads: UploadVerbs, bytes: Uint8Array, fileName = "brought.duckdb"): Promise<UploadView> {
  let upload = await uploads.begin(ADMIN, { fileName, bytes: bytes.length });
  for (let part = 0; part < upload.parts; part += 1) upload = await sendPart(uploads, upload, { bytes, part });
  return upload;
}
