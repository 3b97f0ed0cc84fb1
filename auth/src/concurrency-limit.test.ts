import { createConcurrencyLimit } from './concurrency-limit.js';

const patient = { concurrency: 2, queue: 2, patienceMs: 60_000 };

function work() {
  let done: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  return { run: () => ended, end: () => done?.() };
}

describe('a concurrency limit', () => {
  test('lets as many work at once as allowed, and the others in the order they came', async () => {
    const limited = createConcurrencyLimit(patient);
    const [first, second] = [work(), work()];
    const begun: string[] = [];
    const results = [
      limited(first.run),
      limited(second.run),
      limited(async () => begun.push('third')),
      limited(async () => begun.push('fourth')),
    ];
    expect(begun).toEqual([]);
    second.end();
    await Promise.all(results.slice(1));
    expect(begun).toEqual(['third', 'fourth']);
    first.end();
    await Promise.all(results);
  });

  test('refuses who comes when the queue is full', async () => {
    const limited = createConcurrencyLimit({ ...patient, concurrency: 1, queue: 0 });
    const first = work();
    const result = limited(first.run);
    await expect(limited(async () => 'second')).rejects.toMatchObject({ name: 'DependencyDown' });
    first.end();
    await result;
    await expect(limited(async () => 'third')).resolves.toBe('third');
  });

  test('passes the place on when the work fails', async () => {
    const limited = createConcurrencyLimit({ ...patient, concurrency: 1 });
    const failing = limited(() => Promise.reject(new Error('broken')));
    const next = limited(async () => 'next');
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('next');
  });

  test('does no work for who has waited too long to still be there', async () => {
    const limited = createConcurrencyLimit({ concurrency: 1, queue: 1, patienceMs: -1 });
    const begun: string[] = [];
    await expect(limited(async () => begun.push('work'))).rejects.toMatchObject({
      name: 'DependencyDown',
    });
    expect(begun).toEqual([]);
  });
});
