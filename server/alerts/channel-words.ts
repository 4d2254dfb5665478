import type { AlertChannelSettings, AlertChannelView } from "../nestegg-operate";

/** Whom an answer comes from, as a sentence begins. */
export const ANSWERERS: Record<AlertChannelSettings["kind"], string> = {
  webhook: "The webhook",
  slack: "Slack",
  discord: "Discord",
  email: "The mail server",
  ping: "The ping address",
};

const TAIL_CHARACTERS = 4;
/** Of a shorter one the last characters would be half of it. */
const TAIL_FROM_CHARACTERS = 12;
/** Anything shorter would also hide ordinary words of an answer. */
const HIDDEN_FROM_CHARACTERS = 6;

/** "https://hooks.slack.com/…/x7Kq": path and query of such an address are the secret. */
export function maskUrl(address: string): string {
  const url = new URL(address);
  const rest = `${url.pathname}${url.search}`;
  if (rest.length <= 1) return url.origin;
  return rest.length < TAIL_FROM_CHARACTERS ? `${url.origin}/…` : `${url.origin}/…/${rest.slice(-TAIL_CHARACTERS)}`;
}

export function maskSecret(secret: string): string {
  return secret.length < TAIL_FROM_CHARACTERS ? "…" : `…${secret.slice(-TAIL_CHARACTERS)}`;
}

export function targetOf(settings: AlertChannelSettings): string {
  if (settings.kind !== "email") return maskUrl(settings.url);
  const [first, ...others] = settings.to;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return `${first}${more} by ${settings.host}:${settings.port}`;
}

/** For the audit, which is kept for long: not even the end of the address. */
export function originOf(settings: AlertChannelSettings): string {
  return settings.kind === "email" ? targetOf(settings) : new URL(settings.url).origin;
}

/** What an edit form starts with. A password is the person's own: not even its end is shown. */
export function publicSettings(settings: AlertChannelSettings): AlertChannelView["publicSettings"] {
  switch (settings.kind) {
    case "webhook":
      return { url: maskUrl(settings.url), secret: maskSecret(settings.secret) };
    case "email": {
      const { host, port, security, user, from, to, password } = settings;
      return { host, port, security, user, from, to, password: password === "" ? "" : "…" };
    }
    default:
      return { url: maskUrl(settings.url) };
  }
}

/** What must not be read in an answer: some servers repeat what they were sent. */
export function secretsOf(settings: AlertChannelSettings): string[] {
  if (settings.kind === "email") {
    const { user, password } = settings;
    const asSent = Buffer.from(`\0${user}\0${password}`).toString("base64");
    return keep([password, Buffer.from(password).toString("base64"), asSent]);
  }
  const url = new URL(settings.url);
  const whole = `${url.pathname}${url.search}`;
  const pieces = [settings.url, whole, url.pathname, ...url.pathname.split("/"), ...url.searchParams.values()];
  return keep(settings.kind === "webhook" ? [settings.secret, ...pieces] : pieces);
}

/** The longest first, so that no part of one is left beside a mark. */
function keep(secrets: string[]): string[] {
  return secrets.filter((one) => one.length >= HIDDEN_FROM_CHARACTERS).sort((a, b) => b.length - a.length);
}

export function hideSecrets(text: string, secrets: string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}
