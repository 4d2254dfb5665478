import { expect, it } from "vitest";
import { type PartSender, type PartsToSend, sendParts } from "./send-parts";

const file = new Blob(["aaaabbbbccccdd"]);
const plan = (received: number[] = []): PartsToSend => ({ bytes: 14, partBytes: 4, parts: 4, received });
const never = new AbortController().signal;

/** Takes everything unless `refuse` says otherwise, and remembers what came. */
function takes(refuse: (part: number, tries: number) => Error | null = () => null) {
  const sent: [number, string][] = [];
  const taken: [number, number][] = [];
  const tries = new Map<number, number>();
  const sender: PartSender = {
    async send(part, body) {
      tries.set(part, (tries.get(part) ?? 0) + 1);
      const error = refuse(part, tries.get(part) ?? 0);
      if (error) throw error;
      sent.push([part, await body.text()]);
    },
    onTaken: (part, bytes) => void taken.push([part, bytes]),
    wait: async () => {},
    isPassing: (error) => error instanceof Error && error.message === "away",
  };
  return { sender, taken, tries, sent: () => sent.toSorted(([a], [b]) => a - b) };
}

it("cuts the file into its parts, the last one shorter, and sends each once", async () => {
  const store = takes();
  await sendParts(file, plan(), store.sender, never);
  expect(store.sent()).toEqual([
    [0, "aaaa"],
    [1, "bbbb"],
    [2, "cccc"],
    [3, "dd"],
  ]);
  expect(store.taken.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(14);
});

it("sends only what is missing", async () => {
  const store = takes();
  await sendParts(file, plan([0, 2]), store.sender, never);
  expect(store.sent().map(([part]) => part)).toEqual([1, 3]);
});

it("tries a part again after what passes, and gives up on a refusal at once", async () => {
  const flaky = takes((part, tries) => (part === 1 && tries < 3 ? new Error("away") : null));
  await sendParts(file, plan(), flaky.sender, never);
  expect(flaky.tries.get(1)).toBe(3);

  const refusing = takes((part) => (part === 0 ? new Error("too long") : null));
  await expect(sendParts(file, plan(), refusing.sender, never)).rejects.toThrow("too long");
  expect(refusing.tries.get(0)).toBe(1);
});

it("has nothing under way once it gave up", async () => {
  let underWay = 0;
  const sender: PartSender = {
    send: async (part, _body, signal) => {
      underWay += 1;
      await new Promise<void>((resolve, reject) => {
        if (part === 0) setTimeout(() => reject(new Error("gone")), 5);
        signal.addEventListener("abort", () => setTimeout(resolve, 10));
      }).finally(() => {
        underWay -= 1;
      });
    },
    onTaken: () => {},
    wait: async () => {},
    isPassing: () => false,
  };
  await expect(sendParts(file, plan(), sender, never)).rejects.toThrow("gone");
  expect(underWay).toBe(0);
});

it("ends when it is told to, with what was asked for", async () => {
  const pause = new AbortController();
  const store = takes((part) => {
    if (part === 1) pause.abort(new Error("paused"));
    return null;
  });
  await expect(sendParts(file, plan(), store.sender, pause.signal)).rejects.toThrow("paused");
});
