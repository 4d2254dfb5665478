"use client";

import { useState } from "react";
import { tagsFromText, tagsToText } from "@/components/backup-words";
import { TextArea, TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import type { BackupView } from "@/server/nestegg";
import { tagProblem } from "./tag-problem";

interface TagsDialogProps {
  backup: BackupView;
  error: string | null;
  onClose: () => void;
  onSave: (change: { tags: Record<string, string>; note: string }) => Promise<boolean>;
}

export function TagsDialog({ backup, error, onClose, onSave }: TagsDialogProps) {
  const [tags, setTags] = useState(() => tagsToText(backup.tags));
  const [note, setNote] = useState(backup.note);
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const problem = checked ? tagProblem(tags) : null;

  const submit = async () => {
    setChecked(true);
    if (tagProblem(tags)) return;
    setBusy(true);
    const saved = await onSave({ tags: tagsFromText(tags), note: note.trim() });
    setBusy(false);
    if (saved) onClose();
  };

  return (
    <FormDialog
      title="Edit tags and note"
      description={<span className="font-mono text-id [overflow-wrap:anywhere]">{backup.id}</span>}
      submitLabel="Save"
      busy={busy}
      failure={error ? { message: error } : null}
      onClose={onClose}
      onSubmit={submit}
    >
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
    </FormDialog>
  );
}
