"use client";

import { useState } from "react";
import { tagsFromText } from "@/components/backup-words";
import { plural } from "@/components/bytes";
import { TextField } from "@/components/field";
import { FormDialog } from "@/components/form-dialog";
import { tagProblem } from "./tag-problem";

interface AddTagDialogProps {
  count: number;
  onClose: () => void;
  onAdd: (tags: Record<string, string>) => void;
}

export function AddTagDialog({ count, onClose, onAdd }: AddTagDialogProps) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = () => {
    const fault = text.trim() === "" ? "Type a tag." : tagProblem(text);
    setProblem(fault);
    if (fault) return;
    onAdd(tagsFromText(text));
    onClose();
  };
  return (
    <FormDialog
      title={`Add a tag to ${plural(count, "backup")}`}
      submitLabel="Add tag"
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label="Tag"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={problem}
        hint="A word or key=value: pre-v3, release=3.0"
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
