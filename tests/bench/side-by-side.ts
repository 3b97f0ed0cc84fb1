// npm run bench -- limits: systems that differ in their environment only, asked in turn, so that a machine whose speed
// changes is the same for all.

import { startSystem, type System } from '../system/system.js';
import { targetOf } from './client.js';
import { aTicketOf, reading } from './measures.js';

type Print = (line: string) => void;
type Env = Readonly<Record<string, string>>;

/** `url` is of one ticket */
export type Asked = Readonly<{ name: string; url: string }>;

const rounds = 5;

/** What the limits cost where a request is cheapest: none of them is reached. */
export async function limitsCost(print: Print): Promise<void> {
  const perMinute = '1000000000';
  const limits = { RATE_LIMIT_PER_ADDRESS: perMinute, RATE_LIMIT_PER_USER: perMinute };
  const kinds = { 'limits off': {}, 'limits on': { ...limits, MAX_REQUESTS_IN_FLIGHT: '1000' } };
  await sideBySide(kinds, print);
}

/** Prints GET ticket/s of each kind of system. */
export async function sideBySide(kinds: Readonly<Record<string, Env>>, print: Print): Promise<void> {
  const systems: System[] = [];
  try {
    const asked: Asked[] = [];
    for (const [name, env] of Object.entries(kinds)) {
      const system = await startSystem(env);
      systems.push(system);
      asked.push({ name, url: await aTicketOf(targetOf(system)) });
    }
    await readInTurn(asked, print);
  } finally {
    for (const system of systems) await system.stop();
  }
}

/** Prints GET ticket/s of each, asked in turn: the median of five rounds. */
export async function readInTurn(asked: readonly Asked[], print: Print): Promise<void> {
  const measured = asked.map((one) => ({ ...one, values: [] as number[] }));
  // The first round only warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const { url, values } of measured) {
      const perSecond = await reading(url);
      if (round > 0) values.push(Math.round(perSecond));
    }
  for (const { name, values } of measured) {
    const median = [...values].sort((a, b) => a - b)[Math.floor(rounds / 2)];
    print(`GET ticket/s, ${name}: median ${median} of ${values.join(', ')}`);
  }
}
