// Three times the load that the service can answer. Its capacity is simulated. Load and patience are counted in finished
// work and not in time, so a slow machine does not matter, nor one that stops for seconds.

import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { startForTest } from '../testing/index.js';
import { aRoute, aService } from '../testing/things.js';
import { ok } from './answers.js';
import { get, anyone, handle } from './route.js';

const [places, workMs] = [2, 20];
/** A client gives up after this much work. At full capacity that takes two seconds. */
const patience = 200;
const overload = 3;

const waiting: (() => void)[] = [];
let [busy, done, idle] = [0, 0, 0];

async function work(): Promise<void> {
  if (busy === places) await new Promise<void>((resolve) => waiting.push(resolve));
  else busy += 1;
  await delay(workMs);
  done += 1;
  const next = waiting.shift();
  if (next) return next();
  busy -= 1;
  idle += 1;
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

/** Is the request answered with 200 before its client gives up? */
async function asking(url: string): Promise<boolean> {
  const before = done;
  return new Promise((resolve) => {
    const one = request(`${url}/work`, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 200 && done - before <= patience));
    });
    one.once('error', () => resolve(false));
    one.end();
  });
}

type Fared = Readonly<{ good: number; worked: number; idle: number }>;

/**
 * Sends three requests for each one that the handler finishes. Returns how many were answered in time, how many the
 * handler finished, and after how many of them it found no other.
 */
async function sendLoad(url: string): Promise<Fared> {
  const all: Promise<boolean>[] = [];
  [done, idle] = [0, 0];
  while (done < 2 * patience) {
    // At the beginning nothing is finished, and a long turn of the event loop may refuse all that was sent.
    const due = busy === 0 ? all.length + overload * places : overload * done;
    while (all.length < due) all.push(asking(url));
    await delay(5);
  }
  const good = (await Promise.all(all)).filter(Boolean).length;
  return { good, worked: done, idle };
}

describe('a service under three times its capacity', () => {
  let limited: Fared, unlimited: Fared;

  beforeAll(async () => {
    const overloaded = async (MAX_REQUESTS_IN_FLIGHT: string) => {
      const things = await startForTest(service, { MAX_REQUESTS_IN_FLIGHT, REQUEST_TIMEOUT_MS: '600000' });
      try {
        return await sendLoad(things.url);
      } finally {
        await things.stop();
      }
    };
    limited = await overloaded('1000');
    unlimited = await overloaded('0');
  });

  test('answers four fifths of its work in time, and is busy for as much of it', () => {
    expect(limited.good).toBeGreaterThan(limited.worked * 0.8);
    expect(limited.idle).toBeLessThan(limited.worked * 0.2);
  });

  test('does not without the limit of requests in flight (the control of the test above)', () => {
    expect(unlimited.good).toBeLessThan(unlimited.worked * 0.6);
  });
});
