// npm run bench -- limits: compares systems that differ only in their environment. The systems are measured in turn,
// so that changes in the speed of the machine affect all alike.

import { startSystem, type System } from '../system/system.js';
import { targetOf } from './client.js';
import { newTicketUrl, reading } from './measures.js';

type Print = (line: string) => void;
type Env = Readonly<Record<string, string>>;

/** `url`: of one ticket */
export type Variant = Readonly<{ name: string; url: string }>;

const rounds = 5;

/** The cost of limits that are not reached, on the cheapest request. */
export async function limitsCost(print: Print): Promise<void> {
  const perMinute = '1000000000';
  const limits = { RATE_LIMIT_PER_ADDRESS: perMinute, RATE_LIMIT_PER_USER: perMinute };
  const variants = { 'limits off': {}, 'limits on': { ...limits, MAX_REQUESTS_IN_FLIGHT: '1000' } };
  await sideBySide(variants, print);
}

/** Prints GET ticket/s of one system for each environment. */
export async function sideBySide(variants: Readonly<Record<string, Env>>, print: Print): Promise<void> {
  const systems: System[] = [];
  try {
    const started: Variant[] = [];
    for (const [name, env] of Object.entries(variants)) {
      const system = await startSystem(env);
      systems.push(system);
      started.push({ name, url: await newTicketUrl(targetOf(system)) });
    }
    await measureInTurn(started, print);
  } finally {
    for (const system of systems) await system.stop();
  }
}

/** Prints GET ticket/s of each variant: the median of five rounds. */
export async function measureInTurn(variants: readonly Variant[], print: Print): Promise<void> {
  const measured = variants.map((variant) => ({ ...variant, values: [] as number[] }));
  // The first round warms up.
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
