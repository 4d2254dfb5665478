"use client";

import { type FormEvent, useId, useState } from "react";
import { tagsFromText, tagsToText } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { TextArea, TextField } from "@/components/field";
import { Note } from "@/components/note";
import type { BackupView } from "@/server/nestegg";
import { tagProblem } from "./tag-problem";

interface TagsDialogProps {
  backup: BackupView;
  error: string | null;
  onClose: () => void;
  onSave: (change: { tags: Record<string, string>; note: string }) => Promise<boolean>;
}

export function TagsDialog({ backup, error, onClose, onSave }: TagsDialogProps) {
  const form = useId();
  const [tags, setTags] = useState(() => tagsToText(backup.tags));
  const [note, setNote] = useState(backup.note);
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const problem = checked ? tagProblem(tags) : null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (tagProblem(tags)) return;
    setBusy(true);
    const saved = await onSave({ tags: tagsFromText(tags), note: note.trim() });
    setBusy(false);
    if (saved) onClose();
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      busy={busy}
      title="Edit tags and note"
      description={<span className="font-mono text-id [overflow-wrap:anywhere]">{backup.id}</span>}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form={form} busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="grid gap-4">
        <TextField
          label="Tags"
          value={tags}
          onChange={(event) => setTags(event.target.value)}
          onBlur={() => setChecked(true)}
          error={problem}
          hint="Words or key=value, parted by commas: pre-v3, release=3.0"
          autoComplete="off"
          spellCheck={false}
        />
        <TextArea label="Note" value={note} maxLength={2000} onChange={(event) => setNote(event.target.value)} />
        {error ? (
          <Note tone="danger" role="alert">
            {error}
          </Note>
        ) : null}
      </form>
    </Dialog>
  );
}
