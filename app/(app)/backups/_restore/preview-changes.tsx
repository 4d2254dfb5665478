"use client";

import { Card } from "@/components/card";
import { changesSentence } from "@/components/row-change-words";
import { RowChanges } from "@/components/row-changes";
import type { RestorePreview } from "@/server/nestegg-restore";
import { VerifyFirst } from "./verify-first";

/** Table by table; for a backup that nobody has opened yet, the way to know. */
export function PreviewChanges({ preview }: { preview: RestorePreview }) {
  const { tables, compared } = preview;
  if (!tables) return <VerifyFirst id={preview.id} state={preview.state} />;
  return (
    <Card title="What changes" sub={<span role="status">{changesSentence(tables)}</span>} padded={false}>
      <div className="mt-3">
        <RowChanges tables={tables} compared={compared} after="After restore" />
      </div>
    </Card>
  );
}
