import { z } from "zod";
import { backupIdSchema, noteSchema } from "./input";

/** What file systems allow for one name. */
const FILE_NAME_MAX_CHARACTERS = 255;

const confirm = z
  .string({ error: "give it: it must repeat the name of what is meant" })
  .max(FILE_NAME_MAX_CHARACTERS, `at most ${FILE_NAME_MAX_CHARACTERS} characters`);

export const confirmBody = z.object({
  confirm,
  withoutSafetyBackup: z.boolean({ error: "use true or false" }).optional(),
});
export const restoreInput = confirmBody.extend({ id: backupIdSchema });

/** Names become paths beside the database: one that leads elsewhere never comes to the verbs. */
const fileNameSchema = z
  .string({ error: "give the file's name" })
  .min(1, "give the file's name")
  .max(FILE_NAME_MAX_CHARACTERS, `at most ${FILE_NAME_MAX_CHARACTERS} characters`)
  .refine((name) => !/[/\\\p{Cc}]/u.test(name) && name !== "." && name !== "..", "give the name alone, without a path");
export const letGoInput = z.object({ name: fileNameSchema });

export const uploadIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, "not the id of an upload; begin one and use the id of its answer");
/** As it stands in an address; parts are counted from 0. */
export const partNumberSchema = z
  .string()
  .regex(/^\d{1,7}$/, "use the number of a part, counted from 0")
  .transform(Number)
  .pipe(z.int().min(0));

export const beginUploadInput = z.object({
  fileName: fileNameSchema,
  bytes: z.int({ error: "give the file's length in bytes" }).min(1, "the file is empty"),
});
export const uploadInput = z.object({ id: uploadIdSchema });
export const finishBody = z.object({ note: noteSchema.optional() });
export const finishUploadInput = finishBody.extend({ id: uploadIdSchema });
