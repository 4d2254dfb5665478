import { expect, it } from "vitest";
import { standing } from "./standing-draft";

const isSame = (form: string, kept: number) => Number(form) === kept;

it("keeps what is typed with what it began with, whatever is read meanwhile", () => {
  const begun = { form: "9", was: 7 };
  for (const kept of [7, 8]) expect(standing(begun, kept, isSame)).toBe(begun);
  const unfinished = { form: "x", was: 7 };
  expect(standing(unfinished, 8, isSame)).toBe(unfinished);
});

it("what was typed back to its beginning is no change of what somebody else saved", () => {
  const begun = { form: "07", was: 7 };
  // Nobody saved: the text stays as it is typed.
  expect(standing(begun, 7, isSame)).toBe(begun);
  expect(standing(begun, 8, isSame)).toBeNull();
});

it("what is typed and was saved meanwhile, by whomever, is begun anew: the next change is not refused", () => {
  expect(standing({ form: "09", was: 7 }, 9, isSame)).toEqual({ form: "09", was: 9 });
});
