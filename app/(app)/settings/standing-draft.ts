export interface Begun<Kept, Form> {
  form: Form;
  was: Kept;
}

/** Null: there is nothing to save over, and what is kept now is shown. What is typed and is kept by now was begun with that. */
export function standing<Kept, Form>(
  begun: Begun<Kept, Form> | null,
  kept: Kept,
  isSame: (form: Form, kept: Kept) => boolean,
): Begun<Kept, Form> | null {
  if (!begun) return null;
  // Saved by somebody else, or by an own try whose answer was lost: the next change is made over what is kept.
  if (isSame(begun.form, kept)) return isSame(begun.form, begun.was) ? begun : { form: begun.form, was: kept };
  // Typed back to its beginning, and somebody else has saved: it is no wish to take theirs back.
  return isSame(begun.form, begun.was) ? null : begun;
}
