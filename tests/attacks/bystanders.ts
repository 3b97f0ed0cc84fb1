// How other users fare while the system is under attack.

import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../bench/client.js';
import type { Findings } from './findings.js';

export type Fared = Readonly<{ requests: number; success: number; p99: number }>;

export type Sent = Readonly<{ status: number; headers: IncomingHttpHeaders; text: string }>;
type Options = Readonly<{
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, anything else as JSON. */
  body?: unknown;
}>;

/** A client with an address and connections of its own. Any of the loopback addresses is an address of this machine. */
export function openClient(localAddress: string) {
  const agent = new Agent({ keepAlive: true, localAddress });
  return {
    localAddress,
    close: () => agent.destroy(),
    /** Resolves with status 0 if there is no answer within 10 s. */
    send(base: string, { method = 'GET', path, headers = {}, body }: Options): Promise<Sent> {
      const text = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const type = text === undefined ? {} : { 'Content-Type': 'application/json' };
      return new Promise((resolve) => {
        const options = { agent, method, headers: { ...type, ...headers }, timeout: 10_000 };
        const outgoing = request(`${base}${path}`, options, (answer) => {
          let heard = '';
          answer.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
          answer.once('error', () => resolve({ status: 0, headers: {}, text: '' }));
          answer.once('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: heard }),
          );
        });
        outgoing.once('timeout', () => outgoing.destroy());
        outgoing.once('error', () => resolve({ status: 0, headers: {}, text: '' }));
        outgoing.end(text);
      });
    },
  };
}

export type Client = ReturnType<typeof openClient>;

/**
 * Lets every user act again and again for some seconds, with pauses.
 * @param act returns whether the user got what it wanted
 */
export async function observe<U>(
  users: readonly U[],
  seconds: number,
  act: (user: U) => Promise<boolean>,
  pauseMs = 200,
): Promise<Fared> {
  const times: number[] = [];
  let successes = 0;
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    users.map(async (user) => {
      // Not all at the same instant.
      const pause = () => delay(pauseMs * (0.5 + Math.random()));
      for (await pause(); performance.now() < end; await pause()) {
        const begin = performance.now();
        const isGood = await act(user);
        times.push(performance.now() - begin);
        if (isGood) successes += 1;
      }
    }),
  );
  return { requests: times.length, success: successes / times.length, p99: percentile(times, 0.99) };
}

export type Phases = Readonly<{ before: Fared; during: Fared; after: Fared }>;

/**
 * Observes users before, during and after an attack. `begin` starts it and returns how to end it.
 * @param known how they fare without any attack, if that has been observed
 */
export async function observeAttack(
  observeThem: () => Promise<Fared>,
  begin: () => Promise<() => Promise<void>>,
  known?: Fared,
): Promise<Phases> {
  const before = known ?? (await observeThem());
  const end = await begin();
  const during = await observeThem();
  await end();
  return { before, during, after: await observeThem() };
}

/** The figures of an attack, for the operator. */
export function describeFigures({ before, during, after }: Phases): string {
  const figure = ({ requests, success, p99 }: Fared) =>
    `${(success * 100).toFixed(1)} % of ${requests}, p99 ${p99.toFixed(0)} ms`;
  return `others before: ${figure(before)}; during: ${figure(during)}; after: ${figure(after)}`;
}

/**
 * Are the others unharmed: 99 % success, and a p99 of at most `times` that before the attack?
 * @param noiseMs up to this p99 the noise of the machine decides
 */
export function areUnharmed(
  { before, during, after }: Phases,
  { times = 3, noiseMs = 300 }: { times?: number; noiseMs?: number } = {},
): boolean {
  const longest = Math.max(noiseMs, times * before.p99);
  return [during, after].every(({ success, p99 }) => success >= 0.99 && p99 <= longest);
}

type Judged<U> = Readonly<{
  name: string;
  others: readonly U[];
  /** of each phase */
  seconds: number;
  /** what the others do in each phase */
  act: (other: U) => Promise<boolean>;
  begin: () => Promise<() => Promise<void>>;
  pauseMs?: number;
  isUnharmed?: (phases: Phases) => boolean;
  /** how they fare without any attack, if that has been observed */
  known?: Fared | undefined;
}>;

/**
 * Observes others before, during and after an attack, notes their figures, and checks that they are unharmed.
 * @returns how they fared before it
 */
export async function judgeAttack<U>(
  { check, note }: Findings,
  { name, others, seconds, act, begin, pauseMs, isUnharmed = areUnharmed, known }: Judged<U>,
): Promise<Fared> {
  const phases = await observeAttack(() => observe(others, seconds, act, pauseMs), begin, known);
  note(`${name}: ${describeFigures(phases)}`);
  check(isUnharmed(phases), `${name} hurts others: ${describeFigures(phases)}`);
  return phases.before;
}
