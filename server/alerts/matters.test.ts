import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChannelRow, MatterRow } from "../control/alert-records";
import type { AlertNotice } from "../nestegg-operate";
import { FIRST_REMINDER_MS, isTrouble, judgeNotice, judgeTime, NEXT_REMINDER_MS } from "./matters";

const START_MS = Date.parse("2024-12-30T15:30:00.000Z");
/** As often as the chores look. */
const LOOK_MS = 10 * 60_000;

const channel = (id: string, enabled: boolean): ChannelRow => ({
  id,
  name: id,
  kind: "webhook",
  enabled,
  events: ["backup-failed"],
  sealed: "",
  createdAt: "",
  failures: 0,
  failingSince: null,
});

function noticeOf(kind: AlertNotice["kind"]): AlertNotice {
  return { event: "backup-failed", key: "backup", kind, title: kind, text: "", hint: null };
}

type Act = "trouble" | "recovered" | "toggle" | number;
const acts = fc.array(
  fc.oneof(fc.constantFrom<Act>("trouble", "recovered", "toggle"), fc.integer({ min: 1, max: 300 })),
  { maxLength: 60 },
);

/** Everything that each channel was told, with the time, while a story of notices and waiting goes on. */
function play(story: Act[]): { told: { id: string; kind: string; at: number }[]; troubles: number } {
  let now = START_MS;
  let matter: MatterRow | undefined;
  let second = true;
  let troubles = 0;
  const told: { id: string; kind: string; at: number }[] = [];
  const channels = () => [channel("a", true), channel("b", second)];
  const apply = (judged: ReturnType<typeof judgeNotice>) => {
    for (const { channelId, kind } of judged.tell) told.push({ id: channelId, kind, at: now });
    if (judged.matter === null) matter = undefined;
    else if (judged.matter) {
      if (!matter) troubles += 1;
      matter = judged.matter;
    }
  };
  for (const act of story) {
    if (act === "toggle") second = !second;
    else if (typeof act === "string") apply(judgeNotice(noticeOf(act), matter, channels(), new Date(now)));
    else {
      for (let step = 0; step < act; step += 1) {
        now += LOOK_MS;
        if (matter && isTrouble(matter)) apply(judgeTime(matter, channels(), new Date(now)));
      }
    }
  }
  return { told, troubles };
}

test("whatever happens, a channel hears of a trouble before its end, of each end once, and of nothing twice in a row", () => {
  fc.assert(
    fc.property(acts, (story) => {
      const { told, troubles } = play(story);
      for (const id of ["a", "b"]) {
        const heard = told.filter((one) => one.id === id);
        heard.forEach(({ kind }, index) => {
          const before = heard[index - 1]?.kind;
          if (kind === "recovered") expect(["trouble", "reminder"]).toContain(before);
          if (kind === "trouble" && id === "a") expect([undefined, "recovered"]).toContain(before);
        });
      }
      expect(told.filter(({ id, kind }) => id === "a" && kind === "trouble")).toHaveLength(troubles);
    }),
  );
});

test("whatever happens, reminders come an hour after the trouble and then a day apart", () => {
  fc.assert(
    fc.property(acts, (story) => {
      const heard = play(story).told.filter(({ id }) => id === "a");
      heard.forEach(({ kind, at }, index) => {
        const before = heard[index - 1];
        if (kind !== "reminder" || !before) return;
        expect(at - before.at).toBe(before.kind === "trouble" ? FIRST_REMINDER_MS : NEXT_REMINDER_MS);
      });
    }),
  );
});

test("a clock that was set back by years does not put a reminder off", () => {
  const told = judgeNotice(noticeOf("trouble"), undefined, [channel("a", true)], new Date(START_MS)).matter;
  const back = new Date("2020-01-01T00:00:00.000Z");
  expect(told && judgeTime(told, [channel("a", true)], back).tell).toEqual([{ channelId: "a", kind: "reminder" }]);
});
