export interface Begun<Kept, Form> {
  form: Form;
  was: Kept;
}

/** Null: there is nothing to save over, and what is kept now is shown. */
export function standing<Kept, Form>(
  begun: Begun<Kept, Form> | null,
  kept: Kept,
  isSame: (form: Form, kept: Kept) => boolean,
): Begun<Kept, Form> | null {
  // Typed back to its beginning, and somebody else has saved: it is no wish to take theirs back.
  return begun && isSame(begun.form, begun.was) && !isSame(begun.form, kept) ? null : begun;
}
