import { DependencyDown } from '../errors.js';
import { batch } from './batch.js';

function aCounter(answer: (items: readonly string[]) => readonly (string | Error)[]) {
  const calls: (readonly string[])[] = [];
  const ask = batch<string, string>(async (items) => {
    calls.push(items);
    return answer(items);
  });
  return { calls, ask };
}

const shout = (items: readonly string[]) => items.map((item) => item.toUpperCase());

describe('what is asked for in one turn', () => {
  test('is one call, and each gets its own answer', async () => {
    const { calls, ask } = aCounter(shout);
    expect(await Promise.all([ask('a'), ask('b'), ask('c')])).toEqual(['A', 'B', 'C']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('is asked for once when it is the same', async () => {
    const { calls, ask } = aCounter(shout);
    expect(await Promise.all([ask('a'), ask('b'), ask('a')])).toEqual(['A', 'B', 'A']);
    expect(calls).toEqual([['a', 'b']]);
  });

  test('is asked for again in the next turn: nothing is remembered', async () => {
    const { calls, ask } = aCounter(shout);
    await ask('a');
    await ask('a');
    expect(calls).toEqual([['a'], ['a']]);
  });
});

describe('a failure', () => {
  test('of one item harms nobody else', async () => {
    const { ask } = aCounter((items) =>
      items.map((item) => (item === 'bad' ? new Error('refused') : item.toUpperCase())),
    );
    const [a, bad] = await Promise.allSettled([ask('a'), ask('bad')]);
    expect(a).toEqual({ status: 'fulfilled', value: 'A' });
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'refused' } });
  });

  test('of the whole call is tried again for each alone', async () => {
    const { calls, ask } = aCounter((items) => {
      if (items.includes('bad')) throw new TypeError('cannot be written');
      return shout(items);
    });
    const [a, bad, c] = await Promise.allSettled([ask('a'), ask('bad'), ask('c')]);
    expect([a, c]).toEqual([
      { status: 'fulfilled', value: 'A' },
      { status: 'fulfilled', value: 'C' },
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'cannot be written' } });
    expect(calls).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  test('by an outage is not tried again: it is everybody’s', async () => {
    const { calls, ask } = aCounter(() => {
      throw new DependencyDown('database');
    });
    const answers = await Promise.allSettled([ask('a'), ask('b')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toHaveLength(1);
  });
});
