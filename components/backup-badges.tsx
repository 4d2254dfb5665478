import { ownTags, TYPE_ICONS, TYPE_WORDS, tagText } from "@/components/backup-words";
import { Badge } from "@/components/badge";
import type { BackupView } from "@/server/nestegg";

interface BackupBadgesProps {
  backup: BackupView;
  /** The engine that runs now; another one's backups say so. */
  engine: string | null;
}

/** What kind it is and what was said about it; its state stands elsewhere. */
export function BackupBadges({ backup, engine }: BackupBadgesProps) {
  // A registered file does not say which engine wrote it.
  const written = backup.engine?.duckdb === "unknown" ? null : backup.engine?.duckdb;
  const foreign = written && engine && written !== engine ? written : null;
  return (
    <>
      <Badge tone="line" icon={TYPE_ICONS[backup.type]}>
        {TYPE_WORDS[backup.type]}
      </Badge>
      {backup.status === "latest_restored" ? <Badge tone="tag">Latest restored</Badge> : null}
      {backup.locked ? (
        <Badge tone="quiet" icon="lock">
          Locked
        </Badge>
      ) : null}
      {ownTags(backup).map((tag) => (
        <Badge key={tag[0]} tone="quiet" icon={null} className="max-w-48">
          <span className="truncate">{tagText(tag)}</span>
        </Badge>
      ))}
      {foreign ? <Badge tone="warn">DuckDB {foreign}</Badge> : null}
    </>
  );
}
