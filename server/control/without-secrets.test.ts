import { expect, test } from "vitest";
import { createRedaction } from "../redact";
import { HIDDEN, textWithoutSecrets } from "./without-secrets";

test("a password in a link is hidden, whatever stands right before it", () => {
  for (const before of ["", "at ", "a.".repeat(40), "url_"]) {
    const text = `${before}postgres://ann:hunter2@db.example.com/x`;
    expect(textWithoutSecrets(text, [])).toBe(`${before}postgres://${HIDDEN}@db.example.com/x`);
    expect(createRedaction().text(text)).toBe(`${before}postgres://[secret]@db.example.com/x`);
  }
});

test("a long text of letters and dots costs milliseconds, not minutes", () => {
  const text = "a.".repeat(100_000);
  for (const clean of [(said: string) => textWithoutSecrets(said, []), createRedaction().text]) {
    const begun = performance.now();
    expect(clean(text)).toBe(text);
    expect(performance.now() - begun).toBeLessThan(2_000);
  }
});
