"use client";

import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { Empty } from "@/components/empty";
import { saveFile } from "@/components/save-file";

interface ManifestViewProps {
  id: string;
  manifest: Record<string, unknown> | null;
}

export function ManifestView({ id, manifest }: ManifestViewProps) {
  if (!manifest) {
    return (
      <div className="card">
        <Empty title="No manifest">There is none beside the file, or it cannot be read.</Empty>
      </div>
    );
  }
  const json = JSON.stringify(manifest, null, 2);
  return (
    <div className="card">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-3">
        <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">
          Lies beside the file as <span className="font-mono text-id">{id}.json</span>
        </p>
        <span className="flex gap-2">
          <CopyButton text={json} label="Copy manifest" />
          <Button size="sm" icon="download" onClick={() => saveFile(`${id}.json`, json, "application/json")}>
            Download manifest
          </Button>
        </span>
      </div>
      <pre className="px-4 py-3 font-mono text-id whitespace-pre-wrap [overflow-wrap:anywhere]">{json}</pre>
    </div>
  );
}
