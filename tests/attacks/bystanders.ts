// How other users fare while the system is under attack.

import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../bench/client.js';
import type { Findings } from './findings.js';

type Fared = Readonly<{ requests: number; success: number; p99: number }>;

export type Sent = Readonly<{ status: number; headers: IncomingHttpHeaders; text: string }>;
type Options = Readonly<{
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, anything else as JSON. */
  body?: unknown;
}>;

/** A client with an address and connections of its own. Any of the loopback addresses is an address of this machine. */
export function openClient(localAddress: string, timeoutMs = 10_000) {
  const agent = new Agent({ keepAlive: true, localAddress });
  return {
    localAddress,
    close: () => agent.destroy(),
    /** Resolves with status 0 if there is no answer in time. */
    send(base: string, { method = 'GET', path, headers = {}, body }: Options): Promise<Sent> {
      const text = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const type = text === undefined ? {} : { 'Content-Type': 'application/json' };
      return new Promise((resolve) => {
        const options = { agent, method, headers: { ...type, ...headers }, timeout: timeoutMs };
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

/** What an attack may do to others. */
export type Harm = Readonly<{
  /** how many times as long they may wait; up to a p99 of `noiseMs` the noise of the machine decides */
  times: number;
  noiseMs: number;
  /** the part of them that is served; 99 % by default */
  served?: number;
}>;
type Rounds = readonly [Phases, ...Phases[]];

const usualHarm: Harm = { times: 3, noiseMs: 300 };

export const areServed = ({ success }: Fared, served = 0.99): boolean => success >= served;

/** Are others served, and do they wait no longer than allowed, compared with how they fared before? */
const areWell = (now: Fared, before: Fared, { times, noiseMs, served }: Harm): boolean =>
  areServed(now, served) && now.p99 <= Math.max(noiseMs, times * before.p99);

/**
 * Are others unharmed by an attack of one or several rounds? Another program on the machine may slow down a round, also beyond
 * what a service serves: then it sheds load. What the attack does to others, it does in every round. So one round in which they
 * are well shows that it was not the attack. After each round they must be as well as before the first one. Therefore no round
 * is compared with the harm of an earlier one.
 */
export function areUnharmed(rounds: Rounds, harm: Harm = usualHarm): boolean {
  const [{ before: first }] = rounds;
  return (
    rounds.some(({ before, during }) => areWell(during, before, harm)) &&
    rounds.every(({ after }) => areWell(after, first, harm))
  );
}

export const mostRounds = 5;
const wellWithinMs = 60_000;

/**
 * Observes rounds of an attack, until others are well in one. After each, they are observed until they are well again, for a
 * minute at most.
 */
async function observeRounds(
  observeThem: () => Promise<Fared>,
  begin: () => Promise<() => Promise<void>>,
  harm: Harm,
): Promise<Rounds> {
  const rounds: Phases[] = [];
  for (;;) {
    const phases = await observeAttack(observeThem, begin, rounds.at(-1)?.after);
    const { before: first } = rounds[0] ?? phases;
    let { after } = phases;
    const end = performance.now() + wellWithinMs;
    while (!areWell(after, first, harm) && performance.now() < end) after = await observeThem();
    rounds.push({ ...phases, after });
    if (rounds.length === mostRounds || areWell(phases.during, phases.before, harm))
      return rounds as [Phases, ...Phases[]];
  }
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
  harm?: Harm;
  /** Judges an attack that takes place once. Any other takes place in rounds, and areUnharmed judges it. */
  isUnharmed?: (phases: Phases) => boolean;
}>;

/** Observes others before, during and after an attack, notes their figures, and checks that they are unharmed. */
export async function judgeAttack<U>(
  { check, note }: Findings,
  { name, others, seconds, act, begin, pauseMs, harm = usualHarm, isUnharmed }: Judged<U>,
): Promise<void> {
  const observeThem = () => observe(others, seconds, act, pauseMs);
  const rounds: Rounds = isUnharmed
    ? [await observeAttack(observeThem, begin)]
    : await observeRounds(observeThem, begin, harm);
  const isSo = isUnharmed ? isUnharmed(rounds[0]) : areUnharmed(rounds, harm);
  const figures = rounds.map(describeFigures);
  for (const line of figures) note(`${name}: ${line}`);
  check(isSo, `${name} hurts others: ${figures.join(' | ')}`);
}
