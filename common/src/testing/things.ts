// A minimal service with every feature, for the tests of `common`.

import { Schema } from 'mongoose';
import { z } from 'zod';
import { BaseConfig, DatabaseConfig } from '../service/config.js';
import { accept, already, refuse, type Decision } from '../decision.js';
import { TicketUpdated } from '../events/tickets.js';
import { newId } from '../id.js';
import { mongodb, type Mongodb } from '../service/mongodb.js';
import { defineService, type Base, type Service } from '../service/service.js';

/** A counter. A unique index allows at most one open thing per `place`. */
export type Thing = Readonly<{
  id: string;
  version: number;
  status: 'open' | 'closed';
  userId: string;
  count: number;
  place?: string | undefined;
}>;

const Config = BaseConfig.extend(DatabaseConfig.shape);
type Config = z.infer<typeof Config>;

const schema = new Schema({ status: String, userId: String, count: Number, place: String });
schema.index(
  { place: 1 },
  { name: 'one-place', unique: true, partialFilterExpression: { status: 'open', place: { $gt: '' } } },
);

export type ThingsContext = ReturnType<typeof openContext>;

function openContext(platform: Base<Config> & Mongodb) {
  const things = platform.collection<Thing>({
    name: 'thing',
    schema,
    toEvent: thingEvent,
    derived: { keys: ({ count }) => ({ count: `#${count}` }) },
  });
  return { ...platform, things };
}

type Parts = Partial<Omit<Service<ThingsContext>, 'config' | 'open' | 'sessions'>>;

export function aService(parts: Parts = {}): Service<ThingsContext> {
  const smallest = { name: 'things', config: Config, storage: mongodb, sessions: true } as const;
  return { ...defineService({ ...smallest, open: openContext }), ...parts };
}

/** Name and summary for a route whose documentation does not matter to the test. */
export const aRoute = { name: 'useThings', summary: 'Does something with things.' };

/** The event of a thing, by the contract of a ticket. */
export const thingEvent = ({ id, version, userId, count }: Thing) =>
  TicketUpdated({ id, version, title: `${count}`, price: '1.00', currency: 'usd', userId });

export const aThing = (more: Partial<Thing> = {}): Thing => ({
  id: newId(),
  version: 0,
  status: 'open',
  userId: newId(),
  count: 0,
  ...more,
});

export const made = (thing: Thing): Decision<Thing> => accept(thing, thingEvent(thing));

const next = (thing: Thing, change: Partial<Thing>): Decision<Thing> =>
  made({ ...thing, ...change, version: thing.version + 1 });

export const countUp = (thing: Thing): Decision<Thing, 'closed'> =>
  thing.status === 'closed' ? refuse('closed') : next(thing, { count: thing.count + 1 });

export const close = (thing: Thing): Decision<Thing> =>
  thing.status === 'closed' ? already(thing) : next(thing, { status: 'closed', place: undefined });
