import { sql } from "drizzle-orm";
import { z } from "zod";
import type { SessionLimitValues } from "../contract";
import { database, listen, notify, onReconnect, type Transaction, withTransaction } from "../db";
import type { Admitted, Entry, FullRunner, GivingWay, WaitsFor } from "./line";

/** How long a place outlives the last word of its web process, and how often that is said. */
export const leaseMilliseconds = 6_000;
export const renewMilliseconds = 2_000;
/** A session that nobody has open, and that was not used for this long, makes room when others wait. */
export const unwatchedMilliseconds = 60_000;

/** Any number that only this line uses: one decision at a time. */
const advisoryLock = 4_701_933_022;
const channel = "millrace_line";

/** What its web process says of a place: whether it may give way to others. */
export interface Usage {
  readonly unusedMilliseconds: number;
  /** A preview of it runs. */
  readonly busy: boolean;
  /** A page has it open. */
  readonly watched: boolean;
}

export interface OwnPlace extends Entry, Usage {}

const ticket = { organisationId: z.string(), userId: z.string() };
const entry = { ...ticket, id: z.string(), holder: z.string(), engine: z.string() };
const stateSchema = z.object({
  waiting: z.array(z.object({ ...entry, position: z.number() })),
  admitted: z.array(z.object({ ...ticket, count: z.number() })),
  givingWay: z.array(z.object({ ...entry, reason: z.enum(["person", "organisation", "runner"]) })),
  /** Of the ids that were asked for, those that have a place. */
  inside: z.array(z.string()),
  full: z.array(z.object({ engine: z.string(), retryMilliseconds: z.number(), probe: z.string().nullable() })),
  expired: z.boolean(),
});

/** The shared line as one transaction sees it. */
export interface StoredLine {
  readonly waiting: readonly (Entry & { readonly position: number })[];
  readonly admitted: readonly Admitted[];
  readonly givingWay: readonly GivingWay[];
  readonly inside: readonly string[];
  readonly full: readonly (FullRunner & { readonly engine: string })[];
  readonly expired: boolean;
}

const now = sql`clock_timestamp()`;
const alive = sql`expires_at > ${now}`;
const lease = sql`${now} + ${sql.raw(`interval '${leaseMilliseconds} milliseconds'`)}`;
const entryJson = sql`'id', id, 'holder', holder, 'organisationId', organisation_id, 'userId', user_id, 'engine', engine`;
const uuids = (ids: readonly string[]) => sql`${sql.param([...ids])}::uuid[]`;
const list = (query: ReturnType<typeof sql>) => sql`coalesce((${query}), '[]'::json)`;

/** The shared line in one transaction that nobody else can come between. */
export class LineTransaction {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** Ends places and waits. Returns the engines of places that were ended. */
  async remove(ids: readonly string[]): Promise<{ id: string; engine: string }[]> {
    const { rows } = await this.#transaction.execute<{ id: string; engine: string; position: number | null }>(
      sql`delete from session_places where id = any(${uuids(ids)}) returning id, engine, position`,
    );
    return rows.filter(({ position }) => position === null).map(({ id, engine }) => ({ id, engine }));
  }

  async removeExpired(): Promise<void> {
    await this.#transaction.execute(sql`delete from session_places where not (${alive})`);
  }

  /** The line, places counted for the organisations of those who wait and these; which of these ids have a place. */
  async read(organisationIds: readonly string[], ids: readonly string[]): Promise<StoredLine> {
    const { rows } = await this.#transaction.execute<{ state: unknown }>(sql`
      with living as materialized (select * from session_places where ${alive})
      select json_build_object(
        'waiting', ${list(sql`select json_agg(json_build_object(${entryJson}, 'position', position) order by position)
          from living where position is not null`)},
        'admitted', ${list(sql`select json_agg(json_build_object('organisationId', organisation_id, 'userId', user_id, 'count', count))
          from (select organisation_id, user_id, count(*) from living where position is null and (organisation_id = any(${uuids(organisationIds)})
            or organisation_id in (select organisation_id from living where position is not null)) group by 1, 2) as counts`)},
        'givingWay', ${list(sql`select json_agg(json_build_object(${entryJson}, 'reason', gives_way_for))
          from living where gives_way_for is not null`)},
        'inside', ${list(sql`select json_agg(id) from living where position is null and id = any(${uuids(ids)})`)},
        'full', ${list(sql`select json_agg(json_build_object('engine', engine,
            'retryMilliseconds', greatest(0, extract(epoch from retry_at - ${now}) * 1000),
            'probe', (select id from living where id = probe))) from full_runners`)},
        'expired', exists (select from session_places where not (${alive}))
      ) as state`);
    return stateSchema.parse(rows[0]?.state);
  }

  /** The longest unused session that may go, for one who waits for this; null when there is none. */
  async candidate(
    { organisationId, userId, engine }: Entry,
    reason: WaitsFor,
    but: readonly string[],
  ): Promise<Entry | null> {
    const unused = sql`not watched and used_at < ${now} - ${sql.raw(`interval '${unwatchedMilliseconds} milliseconds'`)}`;
    const which = {
      person: sql`organisation_id = ${organisationId} and user_id = ${userId}`,
      organisation: sql`organisation_id = ${organisationId} and ${unused}`,
      runner: sql`engine = ${engine} and ${unused}`,
    }[reason];
    const { rows } = await this.#transaction.execute<{ found: Entry }>(sql`
      select json_build_object(${entryJson}) as found from session_places
      where position is null and gives_way_for is null and not busy and ${alive} and ${which} and not id = any(${uuids(but)})
      order by used_at limit 1`);
    return rows[0]?.found ?? null;
  }

  async ask(places: readonly GivingWay[]): Promise<void> {
    for (const { id, reason } of places)
      await this.#transaction.execute(sql`update session_places set gives_way_for = ${reason} where id = ${id}`);
  }

  /** Adds places of this web process: in the line, or with a place (null). */
  insert(places: readonly (OwnPlace & { position: number | null })[]): Promise<void> {
    return insertPlaces(this.#transaction, places);
  }

  async move(positions: readonly { id: string; position: number | null }[]): Promise<void> {
    await this.#transaction.execute(sql`
      update session_places as old set position = new.position
      from json_to_recordset(${JSON.stringify(positions)}::json) as new(id uuid, position integer) where old.id = new.id`);
  }

  async setFull(engine: string, full: FullRunner | null): Promise<void> {
    if (full === null) {
      await this.#transaction.execute(sql`delete from full_runners where engine = ${engine}`);
      return;
    }
    const retryAt = sql`${now} + ${full.retryMilliseconds} * interval '1 millisecond'`;
    await this.#transaction.execute(sql`
      insert into full_runners (engine, retry_at, probe) values (${engine}, ${retryAt}, ${full.probe})
      on conflict (engine) do update set retry_at = excluded.retry_at, probe = excluded.probe`);
  }

  /** Tells the other web processes, when this is committed, to look at the line again. */
  async tell(holder: string): Promise<void> {
    await this.#transaction.execute(sql`select pg_notify(${channel}, ${JSON.stringify(holder)})`);
  }
}

/** The line of all web processes, in the app database. */
export const lineStore = {
  /** Runs one decision; decisions of all web processes come one after the other. */
  decide<T>(work: (line: LineTransaction) => Promise<T>): Promise<T> {
    return withTransaction(async (transaction) => {
      await transaction.execute(sql`select pg_advisory_xact_lock(${advisoryLock})`);
      return work(new LineTransaction(transaction));
    });
  },

  /**
   * Gives a place to one that comes when nobody waits and there is room: one round trip. Returns false when that is not so, and has
   * changed nothing then.
   */
  async enter(place: OwnPlace, limits: SessionLimitValues): Promise<boolean> {
    const { id, holder, organisationId, userId, engine, unusedMilliseconds, busy, watched } = place;
    const taken = sql`select count(*) from session_places where position is null and ${alive} and organisation_id = ${organisationId}::uuid`;
    // Two statements at once, in one transaction: the second sees what was written before it had the lock.
    const statements = sql`
      select pg_advisory_xact_lock(${advisoryLock});
      insert into session_places (id, holder, organisation_id, user_id, engine, used_at, busy, watched, expires_at)
      select ${id}::uuid, ${holder}::uuid, ${organisationId}::uuid, ${userId}::uuid, ${engine}::text,
        ${now} - ${unusedMilliseconds} * interval '1 millisecond', ${busy}::boolean, ${watched}::boolean, ${lease}
      where not exists (select from session_places where position is not null and ${alive})
        and not exists (select from full_runners where engine = ${engine}::text)
        and (${taken}) < ${limits.sessionsPerOrganisation}
        and (${taken} and user_id = ${userId}::uuid) < ${limits.sessionsPerPerson}`;
    const results: unknown = await database().execute(statements.inlineParams());
    const [, inserted] = z.tuple([z.unknown(), z.object({ rowCount: z.number() })]).parse(results);
    return inserted.rowCount === 1;
  },

  /**
   * Says that a web process lives, and how its places are used. What it does not name any more goes; what it was asked to give up
   * and keeps is asked for no longer. Returns the ids that are known.
   */
  async renew(holder: string, places: readonly OwnPlace[], kept: readonly string[]): Promise<string[]> {
    const { rows } = await database().execute<{ id: string }>(sql`
      with gone as (delete from session_places where holder = ${holder} and not id = any(${uuids(places.map(({ id }) => id))}))
      update session_places as old set expires_at = ${lease}, busy = new.busy, watched = new.watched,
        used_at = ${now} - new.unused * interval '1 millisecond',
        gives_way_for = case when old.id = any(${uuids(kept)}) then null else old.gives_way_for end
      from json_to_recordset(${JSON.stringify(
        places.map(({ id, busy, watched, unusedMilliseconds }) => ({ id, busy, watched, unused: unusedMilliseconds })),
      )}::json) as new(id uuid, busy boolean, watched boolean, unused double precision)
      where old.id = new.id returning old.id`);
    return rows.map(({ id }) => id);
  },

  /** Writes places again that were taken for those of a dead process: their sessions run, whatever the limits say. */
  restore(places: readonly OwnPlace[]): Promise<void> {
    return insertPlaces(
      database(),
      places.map((place) => ({ ...place, position: null })),
    );
  },

  /** Ends everything of a web process that stops. */
  async release(holder: string): Promise<void> {
    await database().execute(sql`delete from session_places where holder = ${holder}`);
    await notify(channel, holder);
  },

  /** Tells the other web processes to look at the line again. */
  tell(holder: string): Promise<void> {
    return notify(channel, holder);
  },

  /** Calls back when another web process has changed the line, or may have. */
  async watch(holder: string, changed: () => void): Promise<() => void> {
    const stopReconnect = onReconnect(changed);
    const stop = await listen(channel, (from) => {
      if (from !== holder) changed();
    });
    return () => {
      stop();
      stopReconnect();
    };
  },
};

export type LineStore = typeof lineStore;

/** How many places an organisation has, and how many of its people's sessions wait, over all web processes. */
export async function countPlaces(organisationId: string): Promise<{ running: number; waiting: number }> {
  const { rows } = await database().execute<{ running: number; waiting: number }>(sql`
    select count(*) filter (where position is null)::integer as running,
      count(*) filter (where position is not null)::integer as waiting
    from session_places where organisation_id = ${organisationId} and ${alive}`);
  return rows[0] ?? { running: 0, waiting: 0 };
}

async function insertPlaces(
  into: Pick<Transaction, "execute">,
  places: readonly (OwnPlace & { position: number | null })[],
): Promise<void> {
  const values = places.map(
    ({ id, holder, organisationId, userId, engine, position, unusedMilliseconds, busy, watched }) =>
      sql`(${id}, ${holder}, ${organisationId}, ${userId}, ${engine}, ${position}::integer,
        ${now} - ${unusedMilliseconds} * interval '1 millisecond', ${busy}, ${watched}, ${lease})`,
  );
  await into.execute(sql`
    insert into session_places (id, holder, organisation_id, user_id, engine, position, used_at, busy, watched, expires_at)
    values ${sql.join(values, sql`, `)} on conflict (id) do nothing`);
}
