import { expect, test } from "vitest";
import { formatSize } from "./format-size";

test.each([
  [0, "0B"],
  [999, "999B"],
  [512_000, "512KB"],
  [999_499, "999KB"],
  [999_500, "1MB"],
  [1_400_000, "1.4MB"],
  [9_949_999, "9.9MB"],
  [9_950_000, "10MB"],
  [142_300_000, "142MB"],
  [1_400_000_000, "1.4GB"],
  [2_000_000_000, "2GB"],
])("%i bytes read %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
