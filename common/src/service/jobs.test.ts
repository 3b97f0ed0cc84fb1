import { pino } from 'pino';
import { DependencyDown } from '../errors.js';
import { every, runJob } from './jobs.js';
import { eventually } from '../testing/index.js';
import type { Cause } from '../observability/trace.js';

/** Runs a job `enough` times. */
async function runsOf(enough: number, run: (count: number) => Promise<void>) {
  const stopping = new AbortController();
  const lines: Record<string, unknown>[] = [];
  const causes: Cause[] = [];
  const job = every(1, 'sweep', async ({ cause }) => {
    causes.push(cause);
    if (causes.length >= enough) stopping.abort();
    await run(causes.length);
  });
  await runJob(job, pino({}, { write: (line) => lines.push(JSON.parse(line)) }), stopping.signal);
  return { causes, lines };
}

describe('a job', () => {
  test('runs repeatedly, each time with its own cause', async () => {
    const { causes, lines } = await runsOf(3, async () => undefined);
    expect([new Set(causes.map(({ why }) => why)).size, lines]).toEqual([3, []]);
  });

  test('that fails is logged and runs again', async () => {
    const { causes, lines } = await runsOf(3, async (count) => {
      if (count === 1) throw new TypeError('x');
      if (count === 2) throw new DependencyDown('database');
    });
    expect(causes).toHaveLength(3);
    expect(lines).toMatchObject([
      { level: 50, job: 'sweep', err: { message: 'x' } },
      { level: 40, job: 'sweep', err: { dependency: 'database' } },
    ]);
  });

  test('never overlaps itself and ends when it is stopped', async () => {
    let running = 0;
    let most = 0;
    await runsOf(5, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect([most, running]).toEqual([1, 0]);
  });

  test('that waits for its next run does not delay the stop', async () => {
    const stopping = new AbortController();
    let runs = 0;
    const job = every(600_000, 'sweep', async () => void (runs += 1));
    const ended = runJob(job, pino({ level: 'silent' }), stopping.signal);
    await eventually(() => expect(runs).toBe(1));
    stopping.abort();
    await ended;
    expect(runs).toBe(1);
  });
});
