import { z } from "zod";
import { ALERT_EVENTS } from "../nestegg-operate";

const NAME_MAX_CHARACTERS = 80;
const URL_MAX_CHARACTERS = 2_000;
/** A shorter one could be guessed from a message and its signature. */
const SECRET_MIN_CHARACTERS = 16;
const SECRET_MAX_CHARACTERS = 200;
const RECIPIENTS_MAX = 20;
const MAX_PORT = 65_535;

export const alertEventSchema = z.enum(ALERT_EVENTS);
export const channelKindSchema = z.enum(["webhook", "slack", "discord", "email", "ping"]);

/** Without any secret: of an address its host and its end. */
export const publicSettingsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));

/** Empty at a change: the stored one stays. Inner addresses are allowed, it is an admin who types them; other schemes are not. */
const webAddress = z
  .string()
  .trim()
  .max(URL_MAX_CHARACTERS, "this address is too long")
  .refine((text) => text === "" || isWebAddress(text), "use a full address that begins with https:// or http://");

const secret = z
  .string()
  .max(SECRET_MAX_CHARACTERS, `at most ${SECRET_MAX_CHARACTERS} characters`)
  .refine(
    (text) => text === "" || text.length >= SECRET_MIN_CHARACTERS,
    `at least ${SECRET_MIN_CHARACTERS} characters`,
  );

const settingsSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("webhook"), url: webAddress, secret }),
  z.object({ kind: z.literal("slack"), url: webAddress }),
  z.object({ kind: z.literal("discord"), url: webAddress }),
  z.object({ kind: z.literal("ping"), url: webAddress }),
  z.object({
    kind: z.literal("email"),
    host: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, "type a host name such as smtp.example.com"),
    port: z.number().int().min(1, "use a number from 1 to 65535").max(MAX_PORT, "use a number from 1 to 65535"),
    security: z.enum(["none", "starttls", "tls"]),
    user: z.string().trim().max(254),
    password: z.string().max(SECRET_MAX_CHARACTERS),
    from: z.email("type one email address").max(254),
    to: z.array(z.email("type email addresses, one a line").max(254)).min(1, "type at least one").max(RECIPIENTS_MAX),
  }),
]);

export const channelInput = z.object({
  name: z
    .string()
    .trim()
    .min(1, "give it a name")
    .max(NAME_MAX_CHARACTERS, `at most ${NAME_MAX_CHARACTERS} characters`),
  enabled: z.boolean(),
  events: z
    .array(alertEventSchema)
    .max(ALERT_EVENTS.length)
    .transform((events) => [...new Set(events)]),
  settings: settingsSchema,
});

const channelId = z.string().min(1).max(100);
/** What an edit form began with; of secrets their ends, which is all that it was shown. */
const channelWas = z.object({
  name: z.string(),
  enabled: z.boolean(),
  events: z.array(alertEventSchema),
  publicSettings: publicSettingsSchema,
});
export const changeChannelInput = channelInput.extend({ id: channelId, was: channelWas.optional() });
export const channelIdInput = z.object({ id: channelId });
export const deliveriesInput = z
  .object({ limit: z.number().int().min(1).max(200).default(50), channelId: channelId.optional() })
  .prefault({});

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}
