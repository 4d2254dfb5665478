"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { tagsFromText } from "@/components/backup-words";
import { TextArea, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import { tagProblem } from "./tag-problem";

export function NoteDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const [note, setNote] = useState("");
  const [tags, setTags] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const create = useMutation(
    trpc.backups.create.mutationOptions({
      onSuccess: () => {
        refresh("operations", "status");
        onClose();
      },
    }),
  );
  const failure = create.error ? appErrorOf(create.error) : null;
  const submit = () => {
    const fault = tagProblem(tags);
    setProblem(fault);
    if (fault || create.isPending) return;
    create.mutate({ note: note.trim(), tags: tagsFromText(tags) });
  };
  return (
    <FormDialog
      title="Back up with a note"
      description="The note and the tags stand beside the backup and can be searched."
      submitLabel="Start backup"
      busy={create.isPending}
      failure={failure}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextArea
        label="Note"
        value={note}
        maxLength={2000}
        placeholder="before the v3 migration"
        onChange={(event) => setNote(event.target.value)}
      />
      <TextField
        label="Tags"
        value={tags}
        onChange={(event) => setTags(event.target.value)}
        onBlur={() => setProblem(tagProblem(tags))}
        error={problem}
        hint="Words or key=value, parted by commas: pre-v3, release=3.0"
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
