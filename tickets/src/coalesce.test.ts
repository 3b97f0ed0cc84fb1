import { coalesce } from './coalesce.js';

/** A run that ends when the test says so. */
function aRun() {
  const runs: { key: string; requests: readonly number[]; end: (result?: Error) => void }[] = [];
  const run = coalesce<number, string>(
    (key, requests) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve(`${key} ${requests.join()}`));
        runs.push({ key, requests: [...requests], end });
      }),
  );
  return { runs, run };
}

const turns = async () => {
  for (let count = 0; count < 5; count += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('requests of one turn share a run, and each gets its result', async () => {
  const { runs, run } = aRun();
  const results = [run('a', 1), run('a', 2), run('b', 3)];
  await turns();
  expect(runs.map(({ key, requests }) => [key, requests])).toEqual([
    ['a', [1, 2]],
    ['b', [3]],
  ]);
  for (const { end } of runs) end();
  expect(await Promise.all(results)).toEqual(['a 1,2', 'a 1,2', 'b 3']);
});

test('requests that arrive during a run share the next one', async () => {
  const { runs, run } = aRun();
  const results = [run('a', 1)];
  await turns();
  results.push(run('a', 2));
  await turns();
  results.push(run('a', 3));
  await turns();
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await results[0];
  while (runs.length < 2) await turns();
  expect(runs[1]?.requests).toEqual([2, 3]);
  runs[1]?.end();
  expect(await Promise.all(results)).toEqual(['a 1', 'a 2,3', 'a 2,3']);
});

test('a failed run fails its requests only, and the next one begins at once', async () => {
  const { runs, run } = aRun();
  const failed = [run('a', 1), run('a', 2)];
  await turns();
  const next = run('a', 3);
  runs[0]?.end(new Error('down'));
  for (const { status } of await Promise.allSettled(failed)) expect(status).toBe('rejected');
  await turns();
  runs[1]?.end();
  expect(await next).toBe('a 3');
});
