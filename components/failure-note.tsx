import { Note } from "@/components/note";

export interface Failure {
  message: string;
  hint?: string | null;
}

/** Why what was just asked for did not happen, and what to do; nothing while there is no failure. */
export function FailureNote({ failure }: { failure: Failure | null }) {
  if (!failure) return null;
  return (
    <Note tone="danger" role="alert" title={failure.message}>
      {failure.hint}
    </Note>
  );
}
