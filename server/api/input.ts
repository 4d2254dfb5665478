import { z } from "zod";
import { ROLES, SCOPES } from "../control/types";

const NOTE_MAX_CHARACTERS = 2000;
const TAGS_MAX = 20;
const TAG_VALUE_MAX_CHARACTERS = 200;
/** The contract's ceiling for one answer. */
export const LIST_MAX = 1000;
/** A cursor is a backup or operation id; nothing that names one is longer. */
const CURSOR_MAX_CHARACTERS = 300;
const PASSWORD_MIN_CHARACTERS = 10;
/** Hashing takes time with length: a cap keeps a sign-in from becoming a load. */
const PASSWORD_MAX_CHARACTERS = 200;

export const backupTypeSchema = z.enum(["shutdown", "manual", "scheduled", "safety", "upload"]);
export const backupStateSchema = z.enum([
  "creating",
  "stored",
  "verifying",
  "checked",
  "verified",
  "failed",
  "missing",
  "deleting",
  "unregistered",
]);
export const operationKindSchema = z.enum([
  "backup",
  "verify",
  "delete",
  "adopt",
  "clean-up",
  "rescue",
  "restore",
  "undo-restore",
  "upload",
  "let-go",
  "retention",
  "renewal",
  "drill",
  "bucket-rules",
  "own-records",
]);
export const operationStateSchema = z.enum([
  "queued",
  "running",
  "waiting",
  "ok",
  "ok-retried",
  "failed",
  "cancelled",
  "interrupted",
  "rolled-back",
]);
export const roleSchema = z.enum(ROLES);
export const scopeSchema = z.enum(SCOPES);

export const backupIdSchema = z
  .string()
  .max(CURSOR_MAX_CHARACTERS)
  .regex(
    /^[A-Za-z0-9._-]+-(backup|manual|scheduled|safety|upload)-\d{8}-\d{6}\.duckdb$/,
    "not a backup id; one looks like hesocial-manual-20241230-153000.duckdb",
  );

export const operationIdSchema = z.string().min(1).max(CURSOR_MAX_CHARACTERS);

export const noteSchema = z.string().max(NOTE_MAX_CHARACTERS, `at most ${NOTE_MAX_CHARACTERS} characters`);

export const tagsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9._-]{1,40}$/, "a tag's name is 1 to 40 of A-Z a-z 0-9 . _ -"),
    z.string().max(TAG_VALUE_MAX_CHARACTERS, `at most ${TAG_VALUE_MAX_CHARACTERS} characters`),
  )
  .refine((tags) => Object.keys(tags).length <= TAGS_MAX, `at most ${TAGS_MAX} tags`)
  .refine((tags) => !Object.hasOwn(tags, "type"), "the tag “type” is set by Nestegg");

export const idInput = z.object({ id: backupIdSchema });

export const cursorSchema = z.string().min(1).max(CURSOR_MAX_CHARACTERS);
const limitSchema = z.number().int().min(1).max(LIST_MAX);

/** A day or an instant, in whatever zone, as the UTC seconds that backups carry: they are compared as text. */
const momentSchema = (timeOfDay: string) =>
  z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: "use a day such as 2024-12-30, or an ISO time" })
    .transform((given) => {
      const instant = new Date(given.includes("T") ? given : `${given}${timeOfDay}`);
      return `${instant.toISOString().slice(0, -".000Z".length)}Z`;
    });

export const backupListInput = z
  .object({
    limit: limitSchema.optional(),
    cursor: cursorSchema.optional(),
    search: z.string().max(200).optional(),
    types: z.array(backupTypeSchema).optional(),
    states: z.array(backupStateSchema).optional(),
    tag: z.string().max(300).optional(),
    from: momentSchema("T00:00:00Z").optional(),
    to: momentSchema("T23:59:59Z").optional(),
    sort: z.enum(["newest", "oldest", "largest", "smallest"]).optional(),
    fresh: z.boolean().optional(),
  })
  .default({});

export const createBackupInput = z
  .object({ note: noteSchema.optional(), tags: tagsSchema.optional(), verify: z.boolean().optional() })
  .default({});

const marksInput = z.object({ tags: tagsSchema.optional(), note: noteSchema.optional() });
const hasMark = (marks: z.infer<typeof marksInput>) => marks.tags !== undefined || marks.note !== undefined;
const MARK_MISSING = "give tags, note or both";

export const marksBody = marksInput.refine(hasMark, MARK_MISSING);
export const tagInput = marksInput.extend({ id: backupIdSchema }).refine(hasMark, MARK_MISSING);

export const statusBody = z.object({
  status: z.literal("latest_restored", { error: "use “latest_restored”, or null to clear it" }).nullable(),
});
export const setStatusInput = statusBody.extend({ id: backupIdSchema });

export const lockBody = z.object({ locked: z.boolean({ error: "use true or false" }) });
export const lockInput = lockBody.extend({ id: backupIdSchema });

export const operationListInput = z
  .object({
    limit: limitSchema.default(50),
    cursor: cursorSchema.optional(),
    kinds: z.array(operationKindSchema).optional(),
    states: z.array(operationStateSchema).optional(),
    backupId: backupIdSchema.optional(),
  })
  .prefault({});

export const operationInput = z.object({ id: operationIdSchema });
export const operationLogInput = z.object({ id: operationIdSchema, afterSequence: z.number().int().min(0).optional() });
export const eventsInput = z.object({ lastEventId: z.string().nullish() }).optional();

export const createTokenInput = z.object({
  name: z.string().trim().min(1, "give it a name").max(100, "at most 100 characters"),
  scopes: z.array(scopeSchema).min(1, "choose at least one scope").max(SCOPES.length),
  expiresInDays: z.number().int().min(1).max(3650).nullable(),
});
export const revokeTokenInput = z.object({ id: z.string().min(1).max(100) });

export const createAdminInput = z.object({
  code: z.string().trim().min(1, "type the code that the server printed").max(100),
  email: z.email("type an email address").max(254),
  password: z
    .string()
    .min(PASSWORD_MIN_CHARACTERS, `at least ${PASSWORD_MIN_CHARACTERS} characters`)
    .max(PASSWORD_MAX_CHARACTERS, `at most ${PASSWORD_MAX_CHARACTERS} characters`),
});
