import { z } from "zod";
import { createAdminInput, roleSchema } from "./input";

const NAME_MAX_CHARACTERS = 100;
/** 32 bytes in base64url; anything longer is no code of ours. */
const CODE_MAX_CHARACTERS = 100;
/** Wrong ones are hashed too. */
const CURRENT_MAX_CHARACTERS = 512;

const { email, password } = createAdminInput.shape;
const id = z.string().min(1).max(100);

export const inviteInput = z.object({ email, role: roleSchema });
export const personInput = z.object({ id });
export const setRoleInput = personInput.extend({ role: roleSchema });
export const setDisabledInput = personInput.extend({ disabled: z.boolean() });
export const invitationInput = z.object({ code: z.string().min(1).max(CODE_MAX_CHARACTERS) });
export const acceptInput = invitationInput.extend({ password, name: z.string().trim().max(NAME_MAX_CHARACTERS) });
export const changePasswordInput = z.object({
  current: z.string().min(1, "type your current password").max(CURRENT_MAX_CHARACTERS),
  next: password,
});
