import { z } from "zod";
import type { AlertChannelView, AlertDelivery } from "../nestegg-operate";
import { alertEventSchema, channelKindSchema, publicSettingsSchema } from "./input-alerts";

export const deliverySchema = z.object({
  id: z.string(),
  channelId: z.string(),
  event: z.union([alertEventSchema, z.enum(["backup-succeeded", "test"])]),
  kind: z.enum(["happened", "trouble", "recovered", "reminder", "success", "test"]),
  title: z.string(),
  state: z.enum(["waiting", "sent", "failed"]),
  attempts: z.number(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
  answer: z.string().nullable(),
  nextTryAt: z.string().nullable(),
}) satisfies z.ZodType<AlertDelivery>;

export const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  events: z.array(alertEventSchema),
  kind: channelKindSchema,
  target: z.string(),
  publicSettings: publicSettingsSchema,
  createdAt: z.string(),
  lastDelivery: deliverySchema.nullable(),
  deadSince: z.string().nullable(),
}) satisfies z.ZodType<AlertChannelView>;

export const testResultSchema = z.object({ request: z.string(), answer: z.string(), ok: z.boolean() });
