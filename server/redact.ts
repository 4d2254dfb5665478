const CENSOR = "[secret]";
/** Deeper than any object of ours; what lies below is somebody's whole world. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
/** A shorter word would be censored in places where it is no secret. */
const SHORTEST_SECRET = 8;

/** Names whose values are secrets wherever they stand, written in any of the usual ways. */
const SECRET_NAME =
  /secret|passw|passphrase|authorization|cookie|credential|apikey|accesskeyid|privatekey|signature|token$|hookurl|webhook|pingurl/;
/** Of a link's parameters those that make it work: presigned ones of S3, and what providers use. */
const SECRET_PARAMETER =
  /([?&;](?:x-amz-(?:signature|credential|security-token)|sig|signature|[\w-]*token|[\w-]*secret|[\w-]*key|code|password)=)[^&;#\s"'<>]+/gi;
/** Bounded: a long row of letters and dots would be walked anew from each of them. */
const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@"']+@/gi;
const AUTHORIZATION = /\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}/gi;
const SIGNED_REQUEST = /\b(Credential|Signature)=[^,\s"']+/g;
const OWN_TOKEN = /\bnest_[\w-]{8,}/g;
/** Places where the path itself is the key: chat hooks, pings, and whatever looks like one. */
const HOOK_PATH =
  /(\bhttps?:\/\/(?:hooks\.slack\.com|(?:[\w-]+\.)?discord(?:app)?\.com\/api\/webhooks|hc-ping\.com|[\w.-]+\/ping|[\w.-]+\/(?:web)?hooks?))\/[^\s"'<>]+/gi;

/**
 * A copy of what a log line holds, without secrets: by the names of fields, by the shape of links and headers in any text, and by
 * `known`, the very words. Nested objects, lists, errors and their causes alike.
 */
export function createRedaction(known: readonly string[] = []): {
  text(text: string): string;
  value(value: unknown): unknown;
} {
  const words = known.filter((word) => word.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);

  const text = (given: string): string => {
    let said = given;
    for (const word of words) said = said.replaceAll(word, CENSOR);
    return said
      .replace(CREDENTIALS_IN_URL, `$1${CENSOR}@`)
      .replace(HOOK_PATH, `$1/${CENSOR}`)
      .replace(SECRET_PARAMETER, `$1${CENSOR}`)
      .replace(AUTHORIZATION, `$1 ${CENSOR}`)
      .replace(SIGNED_REQUEST, `$1=${CENSOR}`)
      .replace(OWN_TOKEN, CENSOR);
  };

  const copy = (value: unknown, depth: number, above: readonly object[]): unknown => {
    if (typeof value === "string") return text(value);
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Date) return value;
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (above.includes(value)) return "[circular]";
    if (depth === MAX_DEPTH) return "[deeper]";
    const inside = [...above, value];
    const inner = (one: unknown) => copy(one, depth + 1, inside);
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(inner);
    if (value instanceof Map) return copy(Object.fromEntries(value), depth, inside);
    if (value instanceof Set) return [...value].slice(0, MAX_ITEMS).map(inner);
    const fields = value instanceof Error ? fieldsOf(value) : Object.entries(value);
    return Object.fromEntries(
      fields.map(([name, one]) => [name, isSecretName(name) && isSaid(one) ? CENSOR : inner(one)]),
    );
  };
  return { text, value: (value) => copy(value, 0, []) };
}

/** "accessKeyId", "access_key_id" and "X-Access-Key-Id" are one name. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/[^a-z0-9]/gi, "").toLowerCase());
}

/** That there is none is no secret. */
function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "" && typeof value !== "boolean";
}

/** Message, stack and cause are no enumerable fields; what a library has hung on the error is. */
function fieldsOf(error: Error): [string, unknown][] {
  const { name, message, stack, cause } = error;
  const fields: [string, unknown][] = [
    ["type", name],
    ["message", message],
    ["stack", stack],
  ];
  if (cause !== undefined) fields.push(["cause", cause]);
  if (error instanceof AggregateError) fields.push(["errors", error.errors]);
  return [...fields, ...Object.entries(error).filter(([own]) => own !== "name" && own !== "cause")];
}
