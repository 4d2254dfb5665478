import type { FingerprintJob, FingerprintResult } from "./protocol";
import { SnapshotReader } from "./snapshot-reader";

export async function fingerprint(job: FingerprintJob): Promise<FingerprintResult> {
  const reader = await SnapshotReader.open(job.databasePath);
  await reader.close();
  return { kind: "fingerprint", headerSha256: reader.header.sha256 };
}
