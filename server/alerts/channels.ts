import type { Clock } from "../clock";
import type { AlertRecords, ChannelRow } from "../control/alert-records";
import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type {
  AlertChannelInput,
  AlertChannelSettings,
  AlertChannelView,
  AlertDelivery,
  AlertVerbs,
} from "../nestegg-operate";
import type { Book } from "./book";
import { originOf, publicSettings, targetOf } from "./channel-words";
import { SWITCHED_OFF } from "./deliver";
import { givenUp, isDead } from "./delivery";
import type { Seal } from "./seal";
import { toDelivery } from "./to-delivery";

type ChannelVerbs = Pick<AlertVerbs, "channels" | "add" | "change" | "remove">;

export interface ChannelDeps {
  book: Book;
  records: AlertRecords;
  seal: Seal;
  clock: Clock;
  /** The list, or how a channel is, has changed. */
  changed(): void;
}

const ID_BYTES = 6;
const MAX_CHANNELS = 20;
/** Line breaks, tabs, what nobody sees, and what turns the direction of text; joiners stay, which scripts and emoji need. */
const NOT_IN_A_NAME =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;

export function createChannels(deps: ChannelDeps): ChannelVerbs {
  const { book, records, seal, clock, changed } = deps;

  async function view(row: ChannelRow): Promise<AlertChannelView> {
    const [last] = await records.deliveries({ limit: 1, channelId: row.id });
    return toView(row, seal.open(row.sealed), last ? toDelivery(last) : null);
  }

  async function put(caller: Caller, action: string, row: ChannelRow, settings: AlertChannelSettings): Promise<void> {
    const { name, kind, enabled } = row;
    const detail = { name, kind, enabled, target: originOf(settings), events: row.events.join(" ") };
    await records.putChannel(row, { caller, action, target: row.id, detail });
    book.setChannel(row.id, row);
    changed();
  }

  return {
    channels: () => Promise.all(book.channels().map(view)),

    async add(caller, { name, enabled, events, settings }) {
      if (book.channels().length >= MAX_CHANNELS) {
        throw new AppError("conflict", `There are ${MAX_CHANNELS} channels already; this one was not added.`, {
          hint: "Remove one that nobody reads.",
        });
      }
      requireName(name);
      requireComplete(settings);
      const row: ChannelRow = {
        id: `chn_${clock.randomHex(ID_BYTES)}`,
        name,
        kind: settings.kind,
        enabled,
        events,
        sealed: seal.seal(settings),
        createdAt: clock.now().toISOString(),
        failures: 0,
        failingSince: null,
      };
      await put(caller, "alert-channel.add", row, settings);
      return view(row);
    },

    async change(caller, { id, name, enabled, events, settings: given }) {
      const known = requireChannel(book, id);
      requireName(name);
      const settings = merge(known, seal.open(known.sealed), given);
      requireComplete(settings);
      // A change is a new beginning: what it was like before says nothing of it.
      const row = { ...known, name, enabled, events, sealed: seal.seal(settings), failures: 0, failingSince: null };
      await put(caller, "alert-channel.change", row, settings);
      const waiting = book.waiting().filter(({ channelId }) => channelId === id);
      await book.note({
        deliveries: waiting.map((one) =>
          enabled ? { ...one, nextTryAt: null } : givenUp(one, clock.now(), SWITCHED_OFF),
        ),
      });
      return view(row);
    },

    async remove(caller, { id }) {
      const { name, kind } = requireChannel(book, id);
      await records.removeChannel(id, { caller, action: "alert-channel.remove", target: id, detail: { name, kind } });
      book.setChannel(id, null);
      changed();
    },
  };
}

export function requireChannel(book: Book, id: string): ChannelRow {
  const row = book.channel(id);
  if (row) return row;
  throw new AppError("not_found", "There is no such channel; nothing was changed.", {
    hint: "Settings, Notifications lists all channels.",
  });
}

/** Field by field, so that no secret ever leaves by a spread. */
function toView(
  { id, name, kind, enabled, events, createdAt, failures, failingSince }: ChannelRow,
  settings: AlertChannelSettings | null,
  lastDelivery: AlertDelivery | null,
): AlertChannelView {
  return {
    id,
    name,
    kind,
    enabled,
    events,
    createdAt,
    target: settings ? targetOf(settings) : "cannot be read: AUTH_SECRET has changed",
    publicSettings: settings ? publicSettings(settings) : {},
    lastDelivery,
    deadSince: isDead({ failures }) ? failingSince : null,
  };
}

/** What was left empty stays as it is. A stored password goes to nobody but the server that it was entered for. */
function merge(
  { kind }: ChannelRow,
  stored: AlertChannelSettings | null,
  given: AlertChannelInput["settings"],
): AlertChannelSettings {
  if (given.kind !== kind) {
    throw new AppError("invalid_input", `This channel is of the kind ${kind}; nothing was changed.`, {
      hint: "Add a new channel for another kind, and remove this one.",
    });
  }
  if (given.kind !== "email") {
    const before = stored && stored.kind !== "email" ? stored : null;
    const url = given.url || (before?.url ?? "");
    if (given.kind !== "webhook") return { ...given, url };
    const secret = given.secret || (before?.kind === "webhook" ? before.secret : "");
    return { ...given, url, secret };
  }
  if (given.password !== "" || given.user === "") return given;
  const before = stored?.kind === "email" ? stored : null;
  const same = (["host", "port", "security", "user"] as const).every((name) => before?.[name] === given[name]);
  if (before && same) return { ...given, password: before.password };
  throw new AppError(
    "invalid_input",
    "Type the password again: it is not sent to another server or in another way by itself.",
    {
      hint: "Nothing was changed.",
    },
  );
}

function requireName(name: string): void {
  if (NOT_IN_A_NAME.test(name)) {
    throw incomplete(
      "The name of a channel is one line, without line breaks, tabs or other characters that cannot be seen.",
    );
  }
}

function requireComplete(settings: AlertChannelSettings): void {
  if (settings.kind === "email") {
    if (settings.user !== "" && settings.password === "") throw incomplete("A user name needs a password.");
    if (settings.to.length === 0) throw incomplete("An email needs somebody to go to.");
    return;
  }
  requireWebAddress(settings.url);
  if (settings.kind === "webhook" && settings.secret === "") throw incomplete("A webhook needs a secret to sign with.");
}

/** Any host that an admin names, inside or outside; but nothing other than the web. */
function requireWebAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw incomplete("The address must begin with https:// or http://.");
  }
  if (url.username !== "" || url.password !== "") {
    throw incomplete("The address must not hold a user name or password.");
  }
}

function incomplete(message: string): AppError {
  return new AppError("invalid_input", `${message} Nothing was changed.`, { hint: "Correct it and save again." });
}
