import { and, desc, eq, ne, notInArray } from "drizzle-orm";
import type { AuditEntry } from "../nestegg";
import type { Audit } from "./audit";
import type { ControlDatabase, Statement } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { alertChannels, alertDeliveries, alertMatters } from "./schema";

export type ChannelRow = typeof alertChannels.$inferSelect;
export type MatterRow = typeof alertMatters.$inferSelect;
export type DeliveryRow = typeof alertDeliveries.$inferSelect;

/** Rows are never changed in place: a changed one is a new object. */
export interface AlertChanges {
  /** How sending goes; the rest of a channel is an admin's to change. */
  channels?: ChannelRow[];
  matters?: MatterRow[];
  /** Keys of those that are over. */
  ended?: string[];
  deliveries?: DeliveryRow[];
}

/**
 * The alerts' tables. Whoever alerts holds all that is not over in memory, so that a full disk, of which somebody should hear,
 * does not silence them.
 */
export interface AlertRecords {
  /** All channels and open matters, and the deliveries that wait, oldest first. */
  load(): Promise<{ channels: ChannelRow[]; matters: MatterRow[]; waiting: DeliveryRow[] }>;
  /** An admin's change, written with its audit row; rejects when it could not be, and has then changed nothing. */
  putChannel(row: ChannelRow, entry: AuditEntry): Promise<void>;
  /** With what waits for it and its part of the log. */
  removeChannel(id: string, entry: AuditEntry): Promise<void>;
  /** All in one write. Never rejects: what cannot be written waits in memory. */
  save(changes: AlertChanges): Promise<void>;
  /** Newest first, with those that are not in the file yet. */
  deliveries(filter: { limit: number; channelId?: string }): Promise<DeliveryRow[]>;
}

/** The log of deliveries: some weeks of a ping an hour beside a channel in trouble. */
const KEPT_DELIVERIES = 1_000;
const PRUNE_EVERY = 50;
const MAX_PAGE = 500;

export function createAlertRecords(deps: {
  database: ControlDatabase;
  writes: PatientWrites;
  audit: Audit;
}): AlertRecords {
  const { database, writes, audit } = deps;
  const { db } = database;
  const unsaved = {
    channels: new Map<string, ChannelRow>(),
    matters: new Map<string, MatterRow | null>(),
    deliveries: new Map<string, DeliveryRow>(),
  };
  let sincePruned = 0;

  function statements(taken: typeof unsaved): Statement[] {
    return [
      ...[...taken.matters].map(([key, row]) =>
        row
          ? db.insert(alertMatters).values(row).onConflictDoUpdate({ target: alertMatters.key, set: row })
          : db.delete(alertMatters).where(eq(alertMatters.key, key)),
      ),
      ...[...taken.deliveries.values()].map((row) =>
        db.insert(alertDeliveries).values(row).onConflictDoUpdate({ target: alertDeliveries.id, set: row }),
      ),
      // Never inserted here: a channel that was removed meanwhile stays removed.
      ...[...taken.channels.values()].map(({ id, failures, failingSince }) =>
        db.update(alertChannels).set({ failures, failingSince }).where(eq(alertChannels.id, id)),
      ),
    ];
  }

  function flush(): Promise<boolean> {
    return writes.save("alerts", () => {
      const taken = {
        channels: new Map(unsaved.channels),
        matters: new Map(unsaved.matters),
        deliveries: new Map(unsaved.deliveries),
      };
      return {
        statements: statements(taken),
        saved() {
          dropSame(unsaved.channels, taken.channels);
          dropSame(unsaved.matters, taken.matters);
          dropSame(unsaved.deliveries, taken.deliveries);
        },
      };
    });
  }

  async function prune(): Promise<void> {
    sincePruned = 0;
    const kept = db
      .select({ id: alertDeliveries.id })
      .from(alertDeliveries)
      .orderBy(desc(alertDeliveries.id))
      .limit(KEPT_DELIVERIES);
    await writes.save("alerts-prune", () => ({
      statements: [
        db
          .delete(alertDeliveries)
          .where(and(ne(alertDeliveries.state, "waiting"), notInArray(alertDeliveries.id, kept))),
      ],
    }));
  }

  return {
    async load() {
      const [channels, matters, waiting] = await database.read((reader) =>
        Promise.all([
          reader.select().from(alertChannels).orderBy(alertChannels.createdAt, alertChannels.id),
          reader.select().from(alertMatters),
          reader.select().from(alertDeliveries).where(eq(alertDeliveries.state, "waiting")).orderBy(alertDeliveries.id),
        ]),
      );
      // The count of what came since begins anew with each process; one that is restarted often would never get there.
      await prune();
      return { channels, matters, waiting };
    },

    async putChannel(row, entry) {
      await database.batch([
        db.insert(alertChannels).values(row).onConflictDoUpdate({ target: alertChannels.id, set: row }),
        audit.statement(entry),
      ]);
    },

    async removeChannel(id, entry) {
      await database.batch([
        db.delete(alertChannels).where(eq(alertChannels.id, id)),
        db.delete(alertDeliveries).where(eq(alertDeliveries.channelId, id)),
        audit.statement(entry),
      ]);
      unsaved.channels.delete(id);
      for (const row of unsaved.deliveries.values()) if (row.channelId === id) unsaved.deliveries.delete(row.id);
    },

    async save({ channels = [], matters = [], ended = [], deliveries = [] }) {
      for (const row of channels) unsaved.channels.set(row.id, row);
      for (const key of ended) unsaved.matters.set(key, null);
      for (const row of matters) unsaved.matters.set(row.key, row);
      for (const row of deliveries) unsaved.deliveries.set(row.id, row);
      await flush();
      sincePruned += deliveries.length;
      if (sincePruned >= PRUNE_EVERY) await prune();
    },

    async deliveries({ limit, channelId }) {
      const bounded = Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE);
      const saved = await database.read((reader) =>
        reader
          .select()
          .from(alertDeliveries)
          .where(channelId === undefined ? undefined : eq(alertDeliveries.channelId, channelId))
          .orderBy(desc(alertDeliveries.id))
          .limit(bounded),
      );
      const newest = new Map(saved.map((row) => [row.id, row]));
      for (const row of unsaved.deliveries.values()) {
        if (channelId === undefined || row.channelId === channelId) newest.set(row.id, row);
      }
      return [...newest.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, bounded);
    },
  };
}

function dropSame<T>(rows: Map<string, T>, saved: Map<string, T>): void {
  for (const [id, row] of saved) if (rows.get(id) === row) rows.delete(id);
}
