"use client";

import { type FormEvent, useId, useState } from "react";
import { tagsFromText } from "@/components/backup-words";
import { Button } from "@/components/button";
import { plural } from "@/components/bytes";
import { Dialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { tagProblem } from "./tag-problem";

interface AddTagDialogProps {
  count: number;
  onClose: () => void;
  onAdd: (tags: Record<string, string>) => void;
}

export function AddTagDialog({ count, onClose, onAdd }: AddTagDialogProps) {
  const form = useId();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fault = text.trim() === "" ? "Type a tag." : tagProblem(text);
    setProblem(fault);
    if (fault) return;
    onAdd(tagsFromText(text));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Add a tag to ${plural(count, "backup")}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={form}>
            Add tag
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit}>
        <TextField
          label="Tag"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={problem}
          hint="A word or key=value: pre-v3, release=3.0"
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </Dialog>
  );
}
