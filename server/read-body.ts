import type { ObjectBody } from "./storage/object-store";

/** The whole body in memory: for small objects, and for parts whose size the caller bounds. */
export async function readBody(body: Pick<ObjectBody, "stream">): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
