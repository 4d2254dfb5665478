"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { tagsFromText } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { TextArea, TextField } from "@/components/field";
import { Note } from "@/components/note";
import { tagProblem } from "./tag-problem";

export function NoteDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const form = useId();
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fault = tagProblem(tags);
    setProblem(fault);
    if (fault || create.isPending) return;
    create.mutate({ note: note.trim(), tags: tagsFromText(tags) });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      busy={create.isPending}
      title="Back up with a note"
      description="The note and the tags stand beside the backup and can be searched."
      footer={
        <>
          <Button onClick={onClose} disabled={create.isPending}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form={form} busy={create.isPending}>
            Start backup
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="grid gap-4">
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
        {failure ? (
          <Note tone="danger" role="alert">
            {failure.message} {failure.hint}
          </Note>
        ) : null}
      </form>
    </Dialog>
  );
}
