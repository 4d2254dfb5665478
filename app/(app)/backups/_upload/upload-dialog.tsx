"use client";

import { type FormEvent, useId, useState } from "react";
import { Button } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { Dialog } from "@/components/dialog";
import { TextField } from "@/components/field";
import { Note } from "@/components/note";
import { fileProblem } from "./file-problem";
import { UploadProgress } from "./upload-progress";
import { useUpload } from "./use-upload";

export function UploadDialog({ onClose }: { onClose: () => void }) {
  const form = useId();
  const upload = useUpload();
  const [file, setFile] = useState<File | null>(null);
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const { phase, error } = upload;
  const choosing = phase === "choosing";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!choosing) return;
    const fault = file ? await fileProblem(file) : "Choose a file.";
    setProblem(fault);
    if (file && !fault) await upload.start(file, note.trim());
  };
  const cancel = async () => {
    await upload.cancel();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      busy={!choosing}
      title="Upload a file"
      description="A DuckDB file becomes a backup, which can then be restored like any other. It is checked first; the live database is not touched."
      footer={
        choosing ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" type="submit" form={form}>
              Upload
            </Button>
          </>
        ) : (
          <>
            <Button disabled={phase === "finishing"} onClick={() => void cancel()}>
              Cancel upload
            </Button>
            {phase === "paused" ? (
              <Button variant="primary" onClick={() => void upload.resume()}>
                Resume
              </Button>
            ) : (
              <Button disabled={phase === "finishing"} onClick={upload.pause}>
                Pause
              </Button>
            )}
          </>
        )
      }
    >
      {choosing ? (
        <form id={form} onSubmit={(event) => void submit(event)} className="grid gap-4">
          <TextField
            type="file"
            label="DuckDB file"
            accept=".duckdb,.db,.ddb"
            className="bg-surface! py-1.5 file:mr-3 file:h-6 file:rounded-sm file:border-0 file:bg-quiet-soft file:px-2 file:text-sm file:font-semibold file:text-quiet"
            error={problem}
            hint={file ? formatBytes(file.size) : "Closed by its program, without a .wal file beside it."}
            onChange={(event) => {
              setFile(event.target.files?.[0] ?? null);
              setProblem(null);
            }}
          />
          <TextField
            label="Note"
            value={note}
            maxLength={2000}
            placeholder="from the old server"
            autoComplete="off"
            onChange={(event) => setNote(event.target.value)}
          />
        </form>
      ) : (
        <UploadProgress
          fileName={file?.name ?? ""}
          bytes={file?.size ?? 0}
          sentBytes={upload.sentBytes}
          phase={phase}
        />
      )}
      {error ? (
        <Note tone="danger" role="alert" className="mt-4">
          {error}
        </Note>
      ) : null}
    </Dialog>
  );
}
