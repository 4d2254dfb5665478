import { useState } from "react";
import { type Begun, standing } from "./standing-draft";

export interface Draft<Kept, Form> {
  form: Form;
  /** What was shown when the form was begun; the server refuses to save over anything else. */
  was: Kept;
  /** What is typed differs from what is kept now. */
  dirty: boolean;
  change(form: Form): void;
  discard(): void;
}

interface Words<Kept, Form> {
  formOf(kept: Kept): Form;
  isSame(form: Form, kept: Kept): boolean;
}

/** A form over settings that may be read again while somebody types. `kept`: as they were read last. */
export function useDraft<Kept, Form>(kept: Kept, words: Words<Kept, Form>): Draft<Kept, Form> {
  const [typed, setTyped] = useState<Begun<Kept, Form> | null>(null);
  const begun = standing(typed, kept, words.isSame);
  return {
    form: begun ? begun.form : words.formOf(kept),
    was: begun ? begun.was : kept,
    dirty: begun !== null && !words.isSame(begun.form, kept),
    change: (form) => setTyped({ form, was: begun ? begun.was : kept }),
    discard: () => setTyped(null),
  };
}
