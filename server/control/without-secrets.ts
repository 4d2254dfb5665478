/** A net below those who leave secrets out: what leaves this machine passes through it. */
export const HIDDEN = "[secret]";

const SECRET_NAME = /password|passwd|secret|authorization|cookie|access_?key|api_?key|token$|sealed|hash$|signature/i;
/** A known secret shorter than this would be found in ordinary words. */
const MIN_SECRET_CHARACTERS = 8;

/** Forms that are a key whoever wrote them: our tokens and invitations, signed links, links with a password, incoming webhooks. */
const SECRET_FORMS: [RegExp, string][] = [
  [/nest_[A-Za-z0-9_-]{43}/g, HIDDEN],
  [/\/invite\/[A-Za-z0-9_-]{20,}/g, `/invite/${HIDDEN}`],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)|authToken|token|sig|secret)=[^&\s"']+/gi, `$1=${HIDDEN}`],
  // Bounded: a long row of letters and dots would be walked anew from each of them.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s:@"']+:[^/\s@"']+@/gi, `$1${HIDDEN}@`],
  [/(hooks\.slack\.com\/)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(discord(?:app)?\.com\/api\/webhooks\/)[^\s"']+/gi, `$1${HIDDEN}`],
  [/\b(Bearer|Basic) [A-Za-z0-9+/=._~-]{12,}/g, `$1 ${HIDDEN}`],
  [/scrypt\$[^\s"']+/g, HIDDEN],
];

/** `known`: the secrets of this server's own settings, wherever they might have got into a text. */
export function textWithoutSecrets(text: string, known: readonly string[]): string {
  let clean = text;
  for (const secret of known) {
    if (secret.length >= MIN_SECRET_CHARACTERS) clean = clean.split(secret).join(HIDDEN);
  }
  for (const [form, instead] of SECRET_FORMS) clean = clean.replace(form, instead);
  return clean;
}

/** Every text in it, and whatever stands under a name that says it is a secret. */
export function withoutSecrets<T>(value: T, known: readonly string[]): T {
  return walk(value, known, () => HIDDEN) as T;
}

/** A setting's JSON: a field that holds a secret is left out, so that nobody takes the word in its place for a value. */
export function settingWithoutSecrets(json: string, known: readonly string[]): string {
  try {
    return JSON.stringify(walk(JSON.parse(json), known, () => undefined));
  } catch {
    return textWithoutSecrets(json, known);
  }
}

function walk(value: unknown, known: readonly string[], instead: () => unknown): unknown {
  if (typeof value === "string") return textWithoutSecrets(value, known);
  if (Array.isArray(value)) return value.map((item) => walk(item, known, instead));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const hidden = SECRET_NAME.test(name) && inner !== null && typeof inner !== "boolean" && typeof inner !== "number";
    return [name, hidden ? instead() : walk(inner, known, instead)];
  });
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined));
}
