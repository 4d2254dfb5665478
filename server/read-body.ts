import type { ObjectBody } from "./storage/object-store";

/** The whole body in memory: for small objects, and for parts whose size the caller bounds. */
export async function readBody(body: Pick<ObjectBody, "stream">): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Fills `target`, whose length is what was asked for; returns how many bytes there were. A longer body is an error. */
export async function readBodyInto(body: Pick<ObjectBody, "stream">, target: Uint8Array): Promise<number> {
  let length = 0;
  for await (const chunk of body.stream) {
    if (length + chunk.length > target.length) throw new Error("the body is longer than what was asked for");
    target.set(chunk, length);
    length += chunk.length;
  }
  return length;
}
