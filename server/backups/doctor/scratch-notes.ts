import { z } from "zod";
import type { Memory } from "../../control/types";
import type { ScratchNotes } from "./context";

const NAME = "doctor:scratch";

const leftSchema = z.array(
  z.object({ token: z.string(), uploads: z.array(z.object({ key: z.string(), uploadId: z.string() })) }),
);

export function scratchNotes(memory: Memory): ScratchNotes {
  return {
    async read() {
      const text = await memory.get(NAME);
      return text === null ? [] : leftSchema.parse(JSON.parse(text));
    },
    write: (left) => memory.set(NAME, left.length === 0 ? null : JSON.stringify(left)),
  };
}
