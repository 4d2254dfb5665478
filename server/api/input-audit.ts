import { z } from "zod";

const TEXT_MAX_CHARACTERS = 200;

/** A day or an instant as the milliseconds in UTC that rows carry: they are compared as text. */
const momentSchema = (timeOfDay: string) =>
  z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: "use a day such as 2024-12-30, or an ISO time" })
    .transform((given) => new Date(given.includes("T") ? given : `${given}${timeOfDay}`).toISOString())
    // So that the OpenAPI document knows what comes out.
    .pipe(z.iso.datetime());

const text = z.string().min(1).max(TEXT_MAX_CHARACTERS);

export const auditFilterInput = z.object({
  actorId: text.optional(),
  action: text.optional(),
  target: text.optional(),
  from: momentSchema("T00:00:00.000Z").optional(),
  to: momentSchema("T23:59:59.999Z").optional(),
});

export const auditListInput = auditFilterInput
  .extend({
    limit: z.number().int().min(1).max(200).default(50),
    before: z.number().int().positive().optional(),
  })
  .prefault({});
