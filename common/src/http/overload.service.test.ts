// Three times as much as can be answered, whatever this machine can do: the work is two places and a little time.

import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { startForTest } from '../testing/index.js';
import { aRoute, aService } from '../testing/things.js';
import { ok } from './answers.js';
import { get, anyone, handle } from './route.js';

const [places, workMs] = [2, 20];
const patienceMs = 2_000;
const seconds = 6;

const waiting: (() => void)[] = [];
let busy = 0;
let done = 0;

async function work(): Promise<void> {
  if (busy === places) await new Promise<void>((resolve) => waiting.push(resolve));
  else busy += 1;
  await delay(workMs);
  done += 1;
  const next = waiting.shift();
  if (next) next();
  else busy -= 1;
}

const service = aService({
  routes: () => [
    get(
      '/work',
      handle({ ...aRoute, user: anyone, answers: { 200: z.unknown() } }, async () => {
        await work();
        return ok({});
      }),
    ),
  ],
});

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

/** Is it answered, by the work, before its client leaves? */
async function asking(url: string): Promise<boolean> {
  const began = performance.now();
  return new Promise((resolve) => {
    const one = request(`${url}/work`, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 200 && performance.now() - began < patienceMs));
    });
    one.once('error', () => resolve(false));
    one.end();
  });
}

/** How many of those who ask, so many a second, are answered in time; and how much was worked meanwhile. */
async function askFor(url: string, perSecond: number): Promise<{ good: number; worked: number }> {
  const all: Promise<boolean>[] = [];
  const before = done;
  const begin = performance.now();
  for (let due = 0; due < perSecond * seconds; due = ((performance.now() - begin) * perSecond) / 1_000) {
    while (all.length < due) all.push(asking(url));
    await delay(5);
  }
  const worked = done - before;
  return { good: (await Promise.all(all)).filter(Boolean).length, worked };
}

describe('asked three times as much as it can answer, a service', () => {
  let limited: { good: number }, unlimited: { good: number; worked: number };

  beforeAll(async () => {
    const tripled = async (MAX_REQUESTS_IN_FLIGHT: string) => {
      const things = await startForTest(service, { MAX_REQUESTS_IN_FLIGHT, REQUEST_TIMEOUT_MS: '60000' });
      try {
        return await askFor(things.url, (3 * places * 1_000) / workMs);
      } finally {
        await things.stop();
      }
    };
    limited = await tripled('1000');
    unlimited = await tripled('0');
  });

  // Without a limit it works all the time: that is its peak, on this machine at this hour.
  test('answers four fifths of its peak in time', () => {
    expect(limited.good).toBeGreaterThan(unlimited.worked * 0.8);
  });

  test('…and without the limit of what is in hand it does not (this keeps the test above honest)', () => {
    expect(unlimited.good).toBeLessThan(unlimited.worked * 0.6);
  });
});
