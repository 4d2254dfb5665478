import type { Clock } from "../clock";
import type { Log } from "../log";
import type { AuditEntry, Nestegg, Tokens } from "../nestegg";
import { type AlertRecords, createAlertRecords } from "./alert-records";
import { createAudit } from "./audit";
import { openControlDatabase } from "./control-database";
import { createMemory } from "./memory";
import { migrate } from "./migrate";
import { createOperationEvents } from "./operation-events";
import { createOperations } from "./operations";
import type { PasswordCost } from "./password";
import { createPatientWrites, type WriteFault } from "./patient-writes";
import { type ControlPeople, createPeople } from "./people";
import { createRecordBook, type RecordBook } from "./record-book";
import { createTokens } from "./tokens";
import type { Memory, Operations, UploadJournal } from "./types";
import { createUploadJournal } from "./upload-journal";

export interface ControlOptions {
  /** `file:…` or the address of a libSQL server. */
  url: string;
  /** Where the numbered .sql files are: beside the sources, or beside the bundle. */
  migrationsFolder: string;
  clock: Clock;
  log: Log;
  adminApiToken?: string | null;
  /** For the links of invitations; the command line makes none. */
  publicUrl?: string;
  /** Of the provider by which people may sign in; the command line needs none. */
  oidcIssuer?: string | null;
  /** Hears of every row of the audit when it is recorded; must neither throw nor wait. */
  recorded?: (entry: AuditEntry) => void;
  /** Tests take a cheap one. */
  passwordCost?: PasswordCost;
}

/** What must survive a restore of the database and a crash. */
export interface Control {
  operations: Operations;
  memory: Memory;
  uploads: UploadJournal;
  people: ControlPeople;
  tokens: Tokens;
  audit: Nestegg["audit"];
  alerts: AlertRecords;
  records: RecordBook;
  /** Not null while records wait in memory because the file takes none: for the status page. */
  writeFault(): WriteFault | null;
  /** Ends the listeners, makes a last try for what waits, closes. */
  close(): Promise<void>;
}

/**
 * Throws `setting_invalid` when the database is damaged, newer than this program, somebody else's or out of reach.
 * Writes of operations, upload journal, audit and sign-in never fail their caller (patient-writes.ts); those of people,
 * tokens and memory do, with `disk_full` or the engine's error, and have then changed nothing.
 */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { clock, log } = options;
  const database = await openControlDatabase(options.url);
  try {
    await migrate(database, options.migrationsFolder, clock);
    const events = createOperationEvents();
    const faultChanged = () => events.publish({ type: "list", list: "status" });
    const writes = createPatientWrites({ database, clock, log, faultChanged });
    const audit = createAudit({ database, writes, clock, recorded: options.recorded });
    const operations = await createOperations({ database, writes, events, clock, log, audit });
    const changed = () => operations.announce("tokens");
    return {
      operations,
      memory: createMemory(database),
      uploads: createUploadJournal({ database, writes, clock }),
      people: createPeople({
        database,
        writes,
        clock,
        audit,
        passwordCost: options.passwordCost,
        publicUrl: options.publicUrl,
        issuer: options.oidcIssuer,
      }),
      tokens: createTokens({ database, writes, clock, audit, adminApiToken: options.adminApiToken ?? null, changed }),
      audit: { record: audit.record, list: audit.list, choices: audit.choices },
      alerts: createAlertRecords({ database, writes, audit }),
      records: createRecordBook({ database, clock, audit }),
      writeFault: writes.fault,
      async close() {
        events.close();
        await writes.close();
        // All is committed already; what was not folded back is read from the WAL by the next start.
        await database
          .close()
          .catch((error) => log.warn({ err: error }, "the control database was not closed cleanly"));
      },
    };
  } catch (error) {
    database.client.close();
    throw error;
  }
}
