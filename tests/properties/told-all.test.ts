// Told all: whatever changes, gets lost, is read late, stalls or breaks, each client knows the latest state at the end.

import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger } from '@ticketing/common/observability';
import fc from 'fast-check';
import { createFeed, type Feed } from '../../common/src/live/feed.js';
import { createStream } from '../../common/src/live/stream.js';
import type { Watch } from '../../common/src/live/watch.js';
import { checkProperty } from './harness.js';

type Thing = Readonly<{ id: string; version: number }>;
type Step = Readonly<
  | { do: 'change'; id: string; isHeard: boolean }
  | { do: 'lose' | 'stall' | 'take'; client: number }
  | { do: 'connect' }
  | { do: 'wait' }
>;
type Open = (watch: Watch, join: () => void) => ReturnType<Watch['read']>;

const ids = ['a', 'b', 'c'];
const watches: readonly ((feed: Feed) => Watch)[] = [
  (feed) => feed.one('a'),
  (feed) => feed.several(ids),
  (feed) => feed.ofOwner('ann'),
];
const clientNumber = fc.nat(watches.length - 1);
const aStep = (isHeard: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({ do: fc.constant('change' as const), id: fc.constantFrom(...ids), isHeard }),
    fc.record({ do: fc.constantFrom('lose' as const, 'stall', 'take'), client: clientNumber }),
    fc.constantFrom<Step>({ do: 'connect' }, { do: 'wait' }, { do: 'wait' }),
  );
const steps = (isHeard: fc.Arbitrary<boolean>) => fc.array(aStep(isHeard), { maxLength: 30 });
const anyLost = steps(fc.boolean());
const noneLost = steps(fc.constant(true)).map((all) => all.filter((step) => step.do !== 'connect'));

/** As the routes open a stream. */
const joinsFirst: Open = (watch, join) => {
  join();
  return watch.read();
};
const readsFirst: Open = async (watch, join) => {
  const states = await watch.read();
  join();
  return states;
};

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await nextTurn();
}

/** A client that connects again with its last id. What it has not taken when the connection breaks is lost. */
function aClient(watch: Watch, open: Open) {
  const known = new Map<string, number>();
  const reader = { takes: true, lastId: undefined as string | undefined };
  let connection = connect();

  function connect() {
    const sent: string[] = [];
    const state = { isLost: false, leave: (): void => undefined };
    const read = (): void => {
      for (const text of sent.splice(0)) {
        reader.lastId = /^id: (.*)$/m.exec(text)?.[1] ?? reader.lastId;
        const data = /^data: (.*)$/m.exec(text)?.[1];
        for (const { id, version } of [JSON.parse(data ?? '[]') as Thing | Thing[]].flat())
          known.set(id, Math.max(version, known.get(id) ?? 0));
      }
    };
    const response = Object.assign(new EventEmitter(), {
      writeHead: () => undefined,
      write(text: string): boolean {
        sent.push(text);
        if (reader.takes) read();
        return reader.takes;
      },
    });
    const options = { shape: watch.shape, isOver: () => false, sent: () => undefined };
    const stream = createStream(response as unknown as ServerResponse, options);
    const states = open(watch, () => (state.leave = watch.join(stream)));
    void states.then((present) => {
      if (state.isLost) state.leave();
      else stream.begin(present, reader.lastId);
    });
    return {
      lose(): void {
        state.isLost = true;
        state.leave();
      },
      take(): void {
        read();
        response.emit('drain');
      },
    };
  }

  return {
    known,
    lose(): void {
      connection.lose();
      connection = connect();
    },
    stall: (): void => void (reader.takes = false),
    take(): void {
      reader.takes = true;
      connection.take();
    },
    leave: () => connection.lose(),
  };
}

/** What each client knows at the end, and what it has to know. `again`: reads everything again at the end. */
async function outcome(all: readonly Step[], open: Open, again: (feed: Feed) => unknown) {
  const stopping = new AbortController();
  const store = new Map<string, Thing>([['a', { id: 'a', version: 0 }]]);
  const feed = createFeed<Thing>(
    {
      events: [],
      // What is read may be old when it arrives.
      find: async (id) => {
        const found = store.get(id);
        await nextTurn();
        return found;
      },
      view: (thing) => thing,
      owner: {
        field: 'userId',
        find: async () => {
          const found = [...store.values()];
          await nextTurn();
          return found;
        },
      },
    },
    { log: createLogger('test', 'silent'), signal: stopping.signal },
  );
  const clients = watches.map((watch) => aClient(watch(feed), open));
  for (const step of all) {
    if (step.do === 'change') {
      store.set(step.id, { id: step.id, version: (store.get(step.id)?.version ?? -1) + 1 });
      const message = JSON.stringify({ subject: step.id, data: { userId: 'ann' } });
      if (step.isHeard) feed.hear(() => message);
    } else if (step.do === 'connect') feed.missed();
    else if (step.do === 'wait') await nextTurn();
    else clients[step.client]?.[step.do]();
  }
  await settle();
  await again(feed);
  await settle();
  for (const client of clients) client.take();
  await settle();
  for (const client of clients) client.leave();
  stopping.abort();
  const stored = [...store.values()].map(({ id, version }): [string, number] => [id, version]);
  const expected = [stored.filter(([id]) => id === 'a'), stored, stored];
  return { known: clients.map(({ known }) => known), expected: expected.map((each) => new Map(each)) };
}

const check = (open: Open, again: (feed: Feed) => unknown) => async (all: readonly Step[]) => {
  const { known, expected } = await outcome(all, open, again);
  expect(known).toEqual(expected);
};
const nothing = () => undefined;

test('each client knows the latest state after the next connect of the bus, whatever messages were lost', async () => {
  await checkProperty(
    anyLost,
    check(joinsFirst, (feed) => feed.missed()),
  );
});

test('each client knows the latest state once all documents are read in turn, whatever was lost', async () => {
  await checkProperty(
    anyLost,
    check(joinsFirst, (feed) => feed.refreshNext()),
  );
});

test('each client knows the latest state at once if no message was lost', async () => {
  await checkProperty(noneLost, check(joinsFirst, nothing));
});

test.each<[string, fc.Arbitrary<Step[]>, Open]>([
  ['without reading again', anyLost, joinsFirst],
  ['if a stream joins after it has read the present state', noneLost, readsFirst],
])('control: %s, a client misses a change', async (_without, all, open) => {
  const { failed } = await fc.check(fc.asyncProperty(all, check(open, nothing)), { numRuns: 1_000 });
  expect(failed).toBe(true);
});
