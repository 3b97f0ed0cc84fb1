// Measures whether the latency of a failed sign-in reveals that an account exists.

import { newId } from '@ticketing/common/id';
import type { Attack } from './attack.js';
import { auc, standardError } from './auc.js';

export type Guess = (email: string) => Promise<{ status: number; text: string }>;
export type Timing = Readonly<{ auc: number; answers: ReadonlySet<string> }>;

/**
 * Tries wrong passwords for known and unknown addresses in pairs, one request at a time, in random order within a pair.
 * `auc` is the probability that a known address takes longer.
 */
export async function timeGuesses(known: readonly string[], pairs: number, guess: Guess): Promise<Timing> {
  // As many unknown addresses as known ones, so that per-address state is equally warm for both.
  const unknown = known.map(() => `${newId()}@example.com`);
  const milliseconds = { known: [] as number[], unknown: [] as number[] };
  const answers = new Set<string>();
  for (let pair = -10; pair < pairs; pair += 1) {
    const kinds = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
    for (const kind of kinds) {
      const list = kind === 'known' ? known : unknown;
      const email = list[Math.abs(pair) % list.length] ?? '';
      const begin = performance.now();
      const { status, text } = await guess(email);
      const took = performance.now() - begin;
      answers.add(`${status} ${text}`);
      // The first pairs are a warm-up.
      if (pair >= 0) milliseconds[kind].push(took);
    }
  }
  return { auc: auc(milliseconds.known, milliseconds.unknown), answers };
}

export const signInTiming: Attack = {
  about: 'the latency of a sign-in reveals no account',
  async run(world, { check, note }, long) {
    const pairs = long ? 2_000 : 200;
    const known: string[] = [];
    for (let account = 0; account < 50; account += 1) known.push((await world.signUp()).email);
    const timing = await timeGuesses(known, pairs, (email) =>
      world.ask(
        { method: 'POST', path: '/api/users/signin', body: { email, password: 'a wrong password' } },
        world.system.url('auth'),
      ),
    );
    // Chance alone exceeds four standard errors once in 16,000 runs.
    const width = long ? 0.05 : 4 * standardError(pairs);
    note(`AUC ${timing.auc.toFixed(3)} over ${pairs} pairs, allowed 0.5 ± ${width.toFixed(3)}`);
    check(
      Math.abs(timing.auc - 0.5) <= width,
      `latency reveals known addresses: AUC ${timing.auc.toFixed(3)}`,
    );
    check(timing.answers.size === 1, `responses reveal known addresses: ${[...timing.answers].join(' | ')}`);
    check(
      [...timing.answers][0]?.startsWith('401 ') === true,
      `a wrong password is answered with ${[...timing.answers][0]}`,
    );
  },
};
