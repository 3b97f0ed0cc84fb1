// npm run bench -- secure: the cost of sessions that only auth can sign, and of users and TLS at the stores and the bus.
// The systems run side by side and are measured in turn, so that changes in the speed of the machine affect all alike.

import { sessionKeyPair } from '@ticketing/common/testing/servers';
import { startSystem, type System } from '../system/system.js';
import { targetOf, type Target } from './client.js';
import { newTicketUrl, purchases, reading } from './measures.js';

type Started = Readonly<{ name: string; target: Target; url: string; values: number[][] }>;

const rounds = 5;
const count = 600;
const figures = ['purchases/s', 'GET ticket/s'] as const;

export async function secureCost(print: (line: string) => void): Promise<void> {
  const pair = sessionKeyPair();
  const variants = { plain: {}, ES256: pair, 'ES256, users and TLS': { ...pair, SECURE: '1' } };
  const systems: System[] = [];
  try {
    const started: Started[] = [];
    for (const [name, env] of Object.entries(variants)) {
      const system = await startSystem(env);
      systems.push(system);
      const target = targetOf(system);
      started.push({ name, target, url: await newTicketUrl(target), values: [[], []] });
    }
    await measureInTurn(started);
    printShares(started, print);
  } finally {
    for (const system of systems) await system.stop();
  }
}

// The first round warms up. Every second round goes the other way.
async function measureInTurn(started: readonly Started[]): Promise<void> {
  for (let round = 0; round <= rounds; round += 1)
    for (const { target, url, values } of round % 2 ? started.toReversed() : started) {
      const measured = [(await purchases(target, count))['purchases/s'] ?? Number.NaN, await reading(url)];
      if (round > 0) measured.forEach((value, index) => values[index]?.push(value));
    }
}

function printShares([plain, ...others]: readonly Started[], print: (line: string) => void): void {
  figures.forEach((figure, index) => {
    const before = plain?.values[index] ?? [];
    print(`${figure}, plain: ${before.map(Math.round).join(', ')}`);
    for (const { name, values } of others) {
      const after = values[index] ?? [];
      const shares = after.map((value, round) => value / (before[round] ?? Number.NaN)).sort((a, b) => a - b);
      const change = ((shares[Math.floor(shares.length / 2)] ?? Number.NaN) - 1) * 100;
      print(
        `${figure}, ${name}: ${after.map(Math.round).join(', ')}; median of the rounds ${change.toFixed(1)} %`,
      );
    }
  });
}
