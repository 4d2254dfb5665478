import type { LifecycleRule } from "./object-store";

const ROOT = /<LifecycleConfiguration\b/;
const RULE = /<Rule>[\s\S]*?<\/Rule>/g;
/** A rule that chooses by more than the key's beginning does not reach every object there. */
const FURTHER_CHOICE = ["Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];
const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

/** Null when it is no lifecycle configuration. What is not understood of a rule stays in `asWritten`, so that nothing is lost. */
export function parseLifecycle(xml: string): LifecycleRule[] | null {
  if (!ROOT.test(xml)) return null;
  return [...xml.matchAll(RULE)].map(([asWritten]) => ({
    ...dateOf(insideOf(asWritten, "Expiration")),
    id: textOf(asWritten, "ID") ?? "",
    prefix: textOf(asWritten, "Prefix") ?? "",
    enabled: textOf(asWritten, "Status") === "Enabled",
    expireDays: daysOf(insideOf(asWritten, "Expiration"), "Days"),
    abortDays: daysOf(insideOf(asWritten, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation"),
    coversPrefix: FURTHER_CHOICE.every((name) => !asWritten.includes(`<${name}>`)),
    asWritten,
  }));
}

/** Rules that came from the store go back byte for byte. */
export function writeLifecycle(rules: readonly LifecycleRule[]): string {
  const body = rules.map((rule) => rule.asWritten ?? write(rule)).join("");
  return `<?xml version="1.0" encoding="UTF-8"?><LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${body}</LifecycleConfiguration>`;
}

function write({ id, prefix, enabled, expireDays, abortDays }: LifecycleRule): string {
  return [
    `<Rule><ID>${escaped(id)}</ID><Filter><Prefix>${escaped(prefix)}</Prefix></Filter>`,
    `<Status>${enabled ? "Enabled" : "Disabled"}</Status>`,
    expireDays === null ? "" : `<Expiration><Days>${expireDays}</Days></Expiration>`,
    abortDays === null
      ? ""
      : `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${abortDays}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
    "</Rule>",
  ].join("");
}

function insideOf(xml: string, name: string): string {
  return new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1] ?? "";
}

function textOf(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? null : unescaped(found);
}

function daysOf(xml: string, name: string): number | null {
  const text = textOf(xml, name);
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

/** Only a rule that has one gets the field. */
function dateOf(xml: string): Pick<LifecycleRule, "expireDate"> {
  const expireDate = textOf(xml, "Date")?.trim();
  return expireDate ? { expireDate } : {};
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp|#(\d+)|#x([0-9a-fA-F]+));/g, (entity, decimal, hex) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[entity] ?? entity;
  });
}
