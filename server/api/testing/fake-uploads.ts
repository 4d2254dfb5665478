import { AppError } from "../../errors";
import type { UploadVerbs, UploadView } from "../../nestegg-restore";
import type { FakeDoor } from "./fake-restores";
import { FAKE_ID } from "./fake-views";

export const FAKE_PART_BYTES = 1024 * 1024 + 1;

export interface FakeUpload {
  view: UploadView;
  content: Map<number, Buffer>;
}

/** Keeps a part only when its body came to its end, as the real ones do. */
export function fakeUploads(door: FakeDoor): UploadVerbs {
  const find = (id: string): FakeUpload => {
    const found = door().fake.files.get(id);
    if (!found) throw new AppError("not_found", `There is no upload ${id}.`, { hint: "Begin again." });
    return found;
  };

  return {
    async begin(_caller, { fileName, bytes }) {
      const { fake, reach } = door();
      reach("uploads.begin");
      const view = fakeUploadView({ id: `upload-${fake.files.size + 1}`, fileName, bytes });
      fake.files.set(view.id, { view, content: new Map() });
      return view;
    },
    async get(id) {
      door().reach("uploads.get");
      return find(id).view;
    },
    async putPart({ id, part, body }) {
      door().reach("uploads.putPart");
      const { view, content } = find(id);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      content.set(part, Buffer.concat(pieces));
      return Object.assign(view, { received: [...content.keys()].sort((one, other) => one - other) });
    },
    async finish(caller, { id, note }) {
      const { reach, run } = door();
      reach("uploads.finish");
      const { view } = find(id);
      if (view.received.length < view.parts) throw new AppError("conflict", "Parts are missing.");
      return { operationId: run(caller, { kind: "upload", backupId: FAKE_ID, summary: note ?? null }) };
    },
    async drop(_caller, { id }) {
      door().reach("uploads.drop");
      door().fake.files.delete(id);
    },
  };
}

export function fakeUploadView(facts: { id: string; fileName: string; bytes: number }): UploadView {
  return {
    partBytes: FAKE_PART_BYTES,
    parts: Math.ceil(facts.bytes / FAKE_PART_BYTES),
    received: [],
    startedAt: "2024-12-30T15:30:00Z",
    operationId: null,
    ...facts,
  };
}
