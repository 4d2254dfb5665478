import type { AlertChannelInput, AlertChannelSettings, AlertChannelView, AlertEvent } from "@/server/nestegg-operate";
import { EVENTS } from "./alert-words";

/** The fields of every kind, as they are typed. */
export interface ChannelForm {
  kind: AlertChannelSettings["kind"];
  name: string;
  enabled: boolean;
  events: AlertEvent[];
  url: string;
  secret: string;
  host: string;
  port: string;
  security: "none" | "starttls" | "tls";
  user: string;
  password: string;
  from: string;
  /** One address a line. */
  to: string;
}

export type FormErrors = Partial<Record<keyof ChannelForm, string>>;

/** What mail servers take from programs; TLS from the start is on 465. */
const SUBMISSION_PORT = "587";
const SECRET_MIN_CHARACTERS = 16;
const SECRET_BYTES = 24;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function newForm(kind: ChannelForm["kind"]): ChannelForm {
  return {
    kind,
    name: "",
    enabled: true,
    events: EVENTS.map(({ event }) => event),
    url: "",
    secret: "",
    host: "",
    port: SUBMISSION_PORT,
    security: "starttls",
    user: "",
    password: "",
    from: "",
    to: "",
  };
}

/** Secrets are write-only: their fields begin empty, and empty means "as it is". */
export function formOf({ kind, name, enabled, events, publicSettings }: AlertChannelView): ChannelForm {
  const text = (field: string) => String(publicSettings[field] ?? "");
  const base = { ...newForm(kind), name, enabled, events };
  if (kind !== "email") return base;
  const { to } = publicSettings;
  const security = text("security");
  return {
    ...base,
    host: text("host"),
    port: text("port"),
    security: security === "none" || security === "tls" ? security : "starttls",
    user: text("user"),
    from: text("from"),
    to: Array.isArray(to) ? to.join("\n") : "",
  };
}

export function inputOf(form: ChannelForm): AlertChannelInput {
  const { name, enabled, events } = form;
  return { name: name.trim(), enabled, events, settings: settingsOf(form) };
}

function settingsOf({
  kind,
  url,
  secret,
  host,
  port,
  security,
  user,
  password,
  from,
  to,
}: ChannelForm): AlertChannelSettings {
  if (kind === "webhook") return { kind, url: url.trim(), secret };
  if (kind !== "email") return { kind, url: url.trim() };
  return {
    kind,
    host: host.trim(),
    port: Number(port),
    security,
    user: user.trim(),
    password,
    from: from.trim(),
    to: linesOf(to),
  };
}

function linesOf(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** `stored`: what is left empty stays as it is. */
export function errorsOf(form: ChannelForm, stored: boolean): FormErrors {
  const errors: FormErrors = {};
  if (form.name.trim() === "") errors.name = "Give it a name that says who reads it.";
  if (form.kind === "email") return { ...errors, ...emailErrors(form) };
  const url = form.url.trim();
  if (url === "" ? !stored : !/^https?:\/\/[^/\s]+/.test(url)) {
    errors.url = "Type the whole address; it begins with https:// or http://.";
  }
  if (form.kind === "webhook" && (form.secret === "" ? !stored : form.secret.length < SECRET_MIN_CHARACTERS)) {
    errors.secret = `Type at least ${SECRET_MIN_CHARACTERS} characters, or have one made.`;
  }
  return errors;
}

function emailErrors({ host, port, from, to }: ChannelForm): FormErrors {
  const errors: FormErrors = {};
  if (host.trim() === "") errors.host = "Type the mail server’s name, such as smtp.example.com.";
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    errors.port = "Type a number from 1 to 65535.";
  if (!EMAIL.test(from.trim())) errors.from = "Type one email address.";
  const wrong = linesOf(to).find((line) => !EMAIL.test(line));
  if (linesOf(to).length === 0) errors.to = "Type at least one email address.";
  else if (wrong) errors.to = `“${wrong}” is not an email address.`;
  return errors;
}

export function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
