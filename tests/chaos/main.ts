// npm run chaos: breaks the system while people use it, and proves the promises afterwards (docs/how-to/chaos.md).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { brokerLost, busAway, resync } from './bus.js';
import { controls } from './controls.js';
import { expiry } from './expiry.js';
import { kills } from './kills.js';
import { paymentsUnderFire } from './payments.js';
import { seeded, type Random } from './random.js';
import { rush } from './rush.js';
import { allCells, toxics } from './toxics.js';

type Say = (line: string) => void;
/** true when every promise was kept */
type Scenario = Readonly<{
  about: string;
  short: (random: Random, say: Say) => Promise<boolean>;
  long: (random: Random, say: Say) => Promise<boolean>;
}>;

const scenarios: Readonly<Record<string, Scenario>> = {
  // The longest of the short forms comes first, so that the two lanes end together.
  controls: {
    about: 'the guards are taken out, and the scenarios notice',
    short: controls,
    long: controls,
  },
  rush: {
    about: 'everybody wants the same tickets at the same time',
    short: (random, say) => rush(100, 20, random, say),
    long: (random, say) => rush(2_000, 50, random, say),
  },
  kills: {
    about: 'services die at fail points, servers at any moment, while people buy',
    short: (random, say) => kills({ services: 10, nats: 2, mongo: 1, redis: 1 }, random, say),
    long: (random, say) => kills({ services: 300, nats: 50, mongo: 20, redis: 20 }, random, say),
  },
  payments: {
    about: 'the card network fails in every way it can, and payments is killed',
    short: (random, say) =>
      paymentsUnderFire(60, random, say, {
        RESERVATION_SECONDS: '30',
        SETTLE_SWEEP_MS: '2000',
        SETTLE_AFTER_MS: '5000',
        STRIPE_TIMEOUT_MS: '5000',
      }),
    long: (random, say) => paymentsUnderFire(2_000, random, say),
  },
  expiry: {
    about: 'nobody pays',
    short: (_random, say) => expiry(100, { reservationSeconds: 8, wipe: false }, say),
    long: (_random, say) => expiry(20_000, { reservationSeconds: 120, wipe: false }, say),
  },
  'redis-wiped': {
    about: 'nobody pays, and Redis forgets all timers',
    short: (_random, say) => expiry(100, { reservationSeconds: 8, wipe: true }, say),
    long: (_random, say) => expiry(2_000, { reservationSeconds: 60, wipe: true }, say),
  },
  'bus-away': {
    about: 'orders are placed while there is no bus',
    short: (random, say) => busAway(5, 20, random, say),
    long: (random, say) => busAway(600, 10, random, say),
  },
  'broker-lost': {
    about: 'under load the broker’s store is put back to an older copy, then wiped',
    short: (random, say) => brokerLost(3, random, say),
    long: (random, say) => brokerLost(300, random, say),
  },
  toxics: {
    about: 'each connection is slow, thin, reset, silent or down',
    short: (_random, say) => toxics([['mongo', 'blackhole']], 3, say),
    long: (_random, say) => toxics(allCells, 60, say),
  },
  resync: {
    about: 'copies are gone, and are told again by command',
    short: (_random, say) => resync(5_000, say),
    long: (_random, say) => resync(100_000, say),
  },
};

const usage = `npm run chaos                          every scenario, long
npm run chaos -- --short               every scenario, as CI runs them
npm run chaos -- kills rush --seed 7   some, with the choices of an earlier run
${Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !scenarios[name]);
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) print(`unknown: ${unknown.join(', ')}`);
    print(usage);
    return values.help ? 0 : 2;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const begin = Date.now();
  print(
    `seed ${seed}; ${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ` +
      `${process.env['EVENT_BUS'] ?? 'jetstream'}, ${new Date().toISOString()}`,
  );
  const failed: string[] = [];
  const wanted = Object.entries(scenarios).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const play = async ([name, scenario]: [string, Scenario]) => {
    const started = Date.now();
    const say: Say = (line) => print(`[${name} ${((Date.now() - started) / 1_000).toFixed(1)}] ${line}`);
    say(scenario.about);
    const form = scenario[values.short ? 'short' : 'long'];
    const kept = await form(seeded(seed), say).catch((error: unknown) => {
      say(`FAILED: ${error instanceof Error ? error.stack : String(error)}`);
      return false;
    });
    if (!kept) failed.push(name);
  };
  // The long forms measure; the short ones mostly wait.
  const lanes = Array.from({ length: values.short ? 2 : 1 }, async () => {
    for (let next = wanted.shift(); next; next = wanted.shift()) await play(next);
  });
  await Promise.all(lanes);
  const seconds = Math.round((Date.now() - begin) / 1_000);
  print(
    failed.length === 0
      ? `\nevery promise was kept (${seconds} s)`
      : `\nBROKEN: ${failed.join(', ')}; again by --seed ${seed}`,
  );
  return failed.length === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Whoever is interrupted takes what was started along: children end with us (common/src/testing/child.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(2);
  },
);
