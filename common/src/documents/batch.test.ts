import { DependencyDown } from '../errors.js';
import { batch } from './batch.js';

function aRecorder(run: (items: readonly string[]) => readonly (string | Error)[]) {
  const calls: (readonly string[])[] = [];
  const load = batch<string, string>(async (items) => {
    calls.push(items);
    return run(items);
  });
  return { calls, load };
}

const shout = (items: readonly string[]) => items.map((item) => item.toUpperCase());

describe('the calls of one event-loop turn', () => {
  test('become one command, and each gets its own result', async () => {
    const { calls, load } = aRecorder(shout);
    expect(await Promise.all([load('a'), load('b'), load('c')])).toEqual(['A', 'B', 'C']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('pass equal items once', async () => {
    const { calls, load } = aRecorder(shout);
    expect(await Promise.all([load('a'), load('b'), load('a')])).toEqual(['A', 'B', 'A']);
    expect(calls).toEqual([['a', 'b']]);
  });

  test('are not cached: an equal call in the next turn runs again', async () => {
    const { calls, load } = aRecorder(shout);
    await load('a');
    await load('a');
    expect(calls).toEqual([['a'], ['a']]);
  });
});

test('calls during a run share the next one, if one runs at a time', async () => {
  const calls: (readonly string[])[] = [];
  let finish = () => {};
  const options = { oneAtATime: true };
  const load = batch<string, string>(async (items) => {
    calls.push(items);
    if (calls.length === 1) await new Promise<void>((resolve) => (finish = resolve));
    return shout(items);
  }, options);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const loaded = [load('a')];
  await turn();
  for (const item of ['b', 'c']) {
    loaded.push(load(item));
    await turn();
  }
  expect(calls).toEqual([['a']]);
  finish();
  expect(await Promise.all(loaded)).toEqual(['A', 'B', 'C']);
  expect(calls).toEqual([['a'], ['b', 'c']]);
});

describe('a failure', () => {
  test('of one item fails only that item', async () => {
    const { load } = aRecorder((items) =>
      items.map((item) => (item === 'bad' ? new Error('refused') : item.toUpperCase())),
    );
    const [a, bad] = await Promise.allSettled([load('a'), load('bad')]);
    expect(a).toEqual({ status: 'fulfilled', value: 'A' });
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'refused' } });
  });

  test('of the whole command is retried for each item alone', async () => {
    const { calls, load } = aRecorder((items) => {
      if (items.includes('bad')) throw new TypeError('cannot be written');
      return shout(items);
    });
    const [a, bad, c] = await Promise.allSettled([load('a'), load('bad'), load('c')]);
    expect([a, c]).toEqual([
      { status: 'fulfilled', value: 'A' },
      { status: 'fulfilled', value: 'C' },
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'cannot be written' } });
    expect(calls).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  test('by an outage is not retried and fails all items', async () => {
    const { calls, load } = aRecorder(() => {
      throw new DependencyDown('database');
    });
    const answers = await Promise.allSettled([load('a'), load('b')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toHaveLength(1);
  });
});
