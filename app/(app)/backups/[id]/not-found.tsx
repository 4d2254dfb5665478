"use client";

import { useParams } from "next/navigation";
import { GoneBackup } from "../_one/gone-backup";

export default function BackupNotFound() {
  const { id } = useParams<{ id: string }>();
  return <GoneBackup id={id ? decodeURIComponent(id) : null} />;
}
