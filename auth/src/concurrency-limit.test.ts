import { createConcurrencyLimit, type Source } from './concurrency-limit.js';

const patient = { concurrency: 2, queue: 2, perAccount: 10, patienceMs: 60_000 };
const ann: Source = { use: 'sign-in', network: '10.0.0.1', account: 'ann' };
const bob: Source = { use: 'sign-in', network: '10.0.0.2', account: 'bob' };
const busy = { name: 'DependencyDown', retryAfterSeconds: 1 };

function work() {
  let done: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  return { run: () => ended, end: () => done?.() };
}

/** A limit of one call that is running, and a function to add calls to it. */
function whileOneRuns(limits: Partial<typeof patient> = {}) {
  const limited = createConcurrencyLimit({ ...patient, concurrency: 1, queue: 1_000, ...limits });
  const first = work();
  const all = [limited({ ...bob, account: 'first' }, first.run)];
  const begun: string[] = [];
  return {
    begun,
    add(source: Source, name: string = source.account) {
      const result = limited(source, async () => void begun.push(name));
      all.push(result.catch(() => undefined));
      return result;
    },
    async end() {
      first.end();
      await Promise.all(all);
    },
  };
}

describe('a concurrency limit', () => {
  test('runs the allowed number of calls at once, and the others when places are free', async () => {
    const limited = createConcurrencyLimit(patient);
    const [first, second] = [work(), work()];
    const begun: string[] = [];
    const results = [
      limited(ann, first.run),
      limited(ann, second.run),
      limited(ann, async () => begun.push('third')),
      limited(ann, async () => begun.push('fourth')),
    ];
    expect(begun).toEqual([]);
    second.end();
    await Promise.all(results.slice(1));
    expect(begun).toEqual(['third', 'fourth']);
    first.end();
    await Promise.all(results);
  });

  test('refuses a call when the queue is full', async () => {
    const limited = createConcurrencyLimit({ ...patient, concurrency: 1, queue: 0 });
    const first = work();
    const result = limited(ann, first.run);
    await expect(limited(ann, async () => 'second')).rejects.toMatchObject(busy);
    first.end();
    await result;
    await expect(limited(ann, async () => 'third')).resolves.toBe('third');
  });

  test('frees the place of a call that fails', async () => {
    const limited = createConcurrencyLimit({ ...patient, concurrency: 1 });
    const failing = limited(ann, () => Promise.reject(new Error('broken')));
    const next = limited(ann, async () => 'next');
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('next');
  });

  test('does not run a call that has waited too long', async () => {
    const limited = createConcurrencyLimit({ ...patient, concurrency: 1, queue: 1, patienceMs: -1 });
    const begun: string[] = [];
    await expect(limited(ann, async () => begun.push('work'))).rejects.toMatchObject(busy);
    expect(begun).toEqual([]);
  });

  test('runs the call of another network before the crowd of one', async () => {
    const calls = whileOneRuns();
    for (let guest = 0; guest < 50; guest += 1) void calls.add({ ...ann, account: `guest ${guest}` });
    void calls.add(bob);
    await calls.end();
    expect(calls.begun.indexOf('bob')).toBeLessThanOrEqual(1);
  });

  test('runs a sign-in before the sign-ups of the same network', async () => {
    const calls = whileOneRuns();
    for (let guest = 0; guest < 50; guest += 1)
      void calls.add({ use: 'sign-up', network: ann.network, account: `guest ${guest}` });
    void calls.add(ann);
    await calls.end();
    expect(calls.begun.indexOf('ann')).toBeLessThanOrEqual(1);
  });

  test('lets one network use the whole queue until another one needs a place', async () => {
    const calls = whileOneRuns({ queue: 3 });
    const guests = [1, 2, 3].map((guest) => calls.add({ ...ann, account: `guest ${guest}` }));
    const own = calls.add(bob);
    await expect(guests[2]).rejects.toMatchObject(busy);
    await calls.end();
    await expect(own).resolves.toBeUndefined();
    expect(calls.begun).toEqual(['guest 1', 'bob', 'guest 2']);
  });

  test('keeps a place free of sign-ups, for the next sign-in', async () => {
    const limited = createConcurrencyLimit({ ...patient, queue: 10 });
    const signUp: Source = { ...bob, use: 'sign-up' };
    const [first, second] = [work(), work()];
    const all = [limited(signUp, first.run), limited(signUp, second.run)];
    await expect(limited(ann, async () => 'signed in')).resolves.toBe('signed in');
    first.end();
    second.end();
    await Promise.all(all);
  });

  test('never refuses a sign-in because of waiting sign-ups', async () => {
    const calls = whileOneRuns({ queue: 2 });
    const signUps = [1, 2, 3].map((guest) =>
      calls.add({ use: 'sign-up', network: `10.1.0.${guest}`, account: `guest ${guest}` }),
    );
    await expect(signUps[2]).rejects.toMatchObject(busy);
    const own = calls.add(ann);
    await calls.end();
    await expect(own).resolves.toBeUndefined();
  });

  test('bounds the calls of an account over all networks, until one of them ends', async () => {
    const calls = whileOneRuns({ perAccount: 2 });
    void calls.add(ann);
    void calls.add({ ...ann, network: '10.0.0.3' });
    await expect(calls.add({ ...ann, network: '10.0.0.4' })).rejects.toMatchObject(busy);
    void calls.add(bob);
    await calls.end();
    await expect(calls.add(ann)).resolves.toBeUndefined();
  });
});
