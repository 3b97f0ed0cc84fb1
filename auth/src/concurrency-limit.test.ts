import { createTurns } from './concurrency-limit.js';

const patient = { atOnce: 2, queue: 2, patienceMs: 60_000 };

function work() {
  let done: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  return { run: () => ended, end: () => done?.() };
}

describe('taking turns', () => {
  test('lets as many work at once as allowed, and the others in the order they came', async () => {
    const turns = createTurns(patient);
    const [first, second] = [work(), work()];
    const begun: string[] = [];
    const results = [
      turns.take(first.run),
      turns.take(second.run),
      turns.take(async () => begun.push('third')),
      turns.take(async () => begun.push('fourth')),
    ];
    expect(begun).toEqual([]);
    second.end();
    await Promise.all(results.slice(1));
    expect(begun).toEqual(['third', 'fourth']);
    first.end();
    await Promise.all(results);
  });

  test('refuses who comes when the queue is full', async () => {
    const turns = createTurns({ ...patient, atOnce: 1, queue: 0 });
    const first = work();
    const result = turns.take(first.run);
    await expect(turns.take(async () => 'second')).rejects.toMatchObject({ name: 'DependencyDown' });
    first.end();
    await result;
    await expect(turns.take(async () => 'third')).resolves.toBe('third');
  });

  test('passes the place on when the work fails', async () => {
    const turns = createTurns({ ...patient, atOnce: 1 });
    const failing = turns.take(() => Promise.reject(new Error('broken')));
    const next = turns.take(async () => 'next');
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('next');
  });

  test('does no work for who has waited too long to still be there', async () => {
    const turns = createTurns({ atOnce: 1, queue: 1, patienceMs: -1 });
    const begun: string[] = [];
    await expect(turns.take(async () => begun.push('work'))).rejects.toMatchObject({
      name: 'DependencyDown',
    });
    expect(begun).toEqual([]);
  });
});
