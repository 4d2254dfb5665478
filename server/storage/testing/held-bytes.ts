import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes in buffers that something still holds: garbage is collected first, as its amount says nothing. */
export function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().arrayBuffers;
}
