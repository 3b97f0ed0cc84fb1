// How a process learns of changes: by messages, by reading again, and by neither (the controls).

import { createLogger } from '../observability/logger.js';
import { eventually } from '../testing/index.js';
import { createFeed } from './feed.js';
import type { WatchedState } from './watch.js';

type Thing = Readonly<{ id: string; version: number; userId: string }>;

const stopping = new AbortController();
afterAll(() => stopping.abort());

/** A feed of a store that a test fills, and what one listener got. */
function aFeed(reads: (id: string) => unknown = () => undefined) {
  const store = new Map<string, Thing>();
  const received: string[] = [];
  const feed = createFeed<Thing>(
    {
      events: [],
      find: async (id) => {
        await reads(id);
        return store.get(id);
      },
      view: (thing) => thing,
      owner: {
        field: 'userId',
        find: async (owner) => [...store.values()].filter(({ userId }) => userId === owner),
      },
    },
    { log: createLogger('test', 'silent'), signal: stopping.signal },
  );
  const write = (id: string, version: number, userId = 'ann') => store.set(id, { id, version, userId });
  const announce = (subject: string, userId = 'ann') =>
    feed.hear(() => JSON.stringify({ subject, data: { userId } }));
  const send = (states: readonly WatchedState[]) =>
    void received.push(...states.map(({ id, version }) => `${id} ${version}`));
  return { feed, write, announce, received, listener: { send } };
}

test('a message leads to a read, and the listener gets the state of the store', async () => {
  const { feed, write, announce, received, listener } = aFeed();
  feed.one('a').join(listener);
  write('a', 7);
  announce('a');
  await eventually(() => expect(received).toEqual(['a 7']));
});

test('an owner gets their new documents, and of no others', async () => {
  const { feed, write, announce, received, listener } = aFeed();
  feed.ofOwner('ann').join(listener);
  write('a', 0);
  write('b', 0, 'bob');
  announce('b', 'bob');
  announce('a', 'ann');
  await eventually(() => expect(received).toEqual(['a 0']));
});

test('messages during a read share one more read, which begins after them', async () => {
  let reads = 0;
  let finish: () => void = () => undefined;
  const { feed, write, announce, received, listener } = aFeed(() => {
    reads += 1;
    return reads === 1 ? new Promise<void>((resolve) => (finish = resolve)) : undefined;
  });
  feed.one('a').join(listener);
  write('a', 1);
  for (let message = 0; message < 100; message += 1) announce('a');
  write('a', 2);
  finish();
  await eventually(() => expect(received.at(-1)).toBe('a 2'));
  expect(reads).toBe(2);
});

test('a change without a message is sent after the next connect of the bus, or in rotation', async () => {
  const { feed, write, received, listener } = aFeed();
  feed.several(['a', 'b']).join(listener);
  feed.ofOwner('ann').join(listener);
  write('a', 3);
  feed.missed();
  await eventually(() => expect(received).toEqual(['a 3', 'a 3']));
  write('b', 4, 'bob');
  await feed.refreshNext();
  expect(received).toContain('b 4');
});

test('control: without reading again, a lost message is a lost change', async () => {
  const { feed, write, announce, received, listener } = aFeed();
  feed.several(['a', 'b']).join(listener);
  write('a', 3);
  write('b', 1);
  announce('b');
  await eventually(() => expect(received).toEqual(['b 1']));
});

test('a change is sent when the store can be read again', async () => {
  let isAway = true;
  const { feed, write, announce, received, listener } = aFeed(() => {
    if (isAway) throw new Error('the store is away');
  });
  feed.one('a').join(listener);
  write('a', 1);
  announce('a');
  await new Promise(setImmediate);
  isAway = false;
  await eventually(() => expect(received).toEqual(['a 1']));
});

test('an unwatched document is not read, and a document is forgotten when its last listener leaves', async () => {
  const read: string[] = [];
  const { feed, announce, listener } = aFeed((id) => void read.push(id));
  const leave = feed.one('a').join(listener);
  announce('b');
  leave();
  announce('a');
  feed.missed();
  await feed.refreshNext();
  expect(read).toEqual([]);
});

test('a message that is no event is ignored', () => {
  const { feed, listener } = aFeed();
  feed.one('a').join(listener);
  for (const body of ['', 'null', '1', '"a"', '{}', '{"subject":{}}']) feed.hear(() => body);
});
