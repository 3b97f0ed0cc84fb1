// The messages of a stream, and readers that take them slowly.

import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { maxOfOwner } from './feed.js';
import { createStream, heartbeatMs } from './stream.js';
import type { WatchedState, Watch } from './watch.js';

const state = (id: string, version: number): WatchedState => ({
  id,
  version,
  json: () => JSON.stringify({ id, version }),
});

/** A stream to a reader that takes its bytes, or does not. */
function aStream(shape: Watch['shape'] = 'several', isOver = () => false) {
  const written: string[] = [];
  const reader = { takes: true, isDestroyed: false, hasEnded: false };
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    write: (text: string) => {
      written.push(text);
      return reader.takes;
    },
    end: (text: string) => {
      written.push(text);
      reader.hasEnded = true;
    },
    destroy: () => (reader.isDestroyed = true),
  });
  const stream = createStream(response as unknown as ServerResponse, {
    shape,
    isOver,
    sent: () => undefined,
  });
  const data = () =>
    written
      .flatMap((text) => /^data: (.*)$/m.exec(text)?.[1] ?? [])
      .map((text) => JSON.parse(text) as unknown);
  const lastId = () =>
    written.map((text) => /^id: (.*)$/m.exec(text)?.[1]).findLast((id) => id !== undefined);
  return { stream, reader, written, data, lastId, drain: () => response.emit('drain') };
}

describe('a stream', () => {
  test('begins with the present state, and sends each newer one', () => {
    const { stream, data, lastId } = aStream('one');
    stream.begin([state('a', 3)], undefined);
    stream.send([state('a', 3)]);
    stream.send([state('a', 2)]);
    stream.send([state('a', 5)]);
    expect(data()).toEqual([
      { id: 'a', version: 3 },
      { id: 'a', version: 5 },
    ]);
    expect(lastId()).toBe('5');
  });

  test('of several documents sends only those that changed', () => {
    const { stream, data } = aStream();
    stream.begin([state('a', 0), state('b', 0)], undefined);
    stream.send([state('b', 1)]);
    expect(data()).toEqual([[state('a', 0), state('b', 0)], [state('b', 1)]].map(plain));
  });

  test('sends what changed before it began', () => {
    const { stream, data } = aStream();
    stream.send([state('a', 2)]);
    stream.begin([state('a', 1), state('b', 0)], undefined);
    expect(data()).toEqual([plain([state('a', 2), state('b', 0)])]);
  });

  test.each([
    ['nothing changed', 0, []],
    ['a document changed', 1, [[{ id: 'a', version: 2 }]]],
  ])('that continues after its last id when %s', (_what, change, expected) => {
    const before = aStream();
    before.stream.begin([state('a', 1)], undefined);
    const { stream, data } = aStream();
    stream.begin([state('a', 1 + change)], before.lastId());
    expect(data()).toEqual(expected);
  });

  test('begins again if an unknown document has appeared since its last id', () => {
    const before = aStream();
    before.stream.begin([], undefined);
    const { stream, data } = aStream();
    stream.begin([state('a', 0)], before.lastId());
    expect(data()).toEqual([plain([state('a', 0)])]);
  });

  test('begins again for an owner with more documents than it shows', () => {
    const all = Array.from({ length: maxOfOwner }, (_, index) => state(`${index}`, 0));
    const before = aStream();
    before.stream.begin(all, undefined);
    const { stream, data } = aStream();
    stream.begin(all, before.lastId());
    expect(data()).toHaveLength(1);
  });

  test('of an ended session ends', () => {
    let isOver = false;
    const { stream, reader } = aStream('one', () => isOver);
    stream.begin([state('a', 0)], undefined);
    stream.check();
    expect(reader.hasEnded).toBe(false);
    isOver = true;
    stream.check();
    expect(reader.hasEnded).toBe(true);
    expect(stream.reason()).toBe('session');
  });
});

const plain = (states: readonly WatchedState[]) => states.map(({ id, version }) => ({ id, version }));

describe('a reader that takes nothing', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  test('gets no further message until it does, and then the newest states only', () => {
    const { stream, reader, data, drain } = aStream();
    reader.takes = false;
    stream.begin([state('a', 0), state('b', 0)], undefined);
    for (let version = 1; version <= 10_000; version += 1) stream.send([state('a', version)]);
    expect(data()).toHaveLength(1);
    reader.takes = true;
    drain();
    expect(data()[1]).toEqual([{ id: 'a', version: 10_000 }]);
  });

  test('is ended after a heartbeat; one that takes its bytes gets heartbeats', () => {
    const slow = aStream();
    slow.reader.takes = false;
    const good = aStream();
    for (const { stream } of [slow, good]) stream.begin([state('a', 0)], undefined);
    jest.advanceTimersByTime(heartbeatMs);
    for (const { stream } of [slow, good]) stream.check();
    expect(slow.reader.isDestroyed).toBe(true);
    expect(slow.stream.reason()).toBe('slow');
    expect(good.reader.isDestroyed).toBe(false);
    expect(good.written.at(-1)).toBe(':\n\n');
  });
});
