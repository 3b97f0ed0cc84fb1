// npm run chaos: breaks the system while virtual users buy, then verifies the promises (docs/how-to/chaos.md).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { seeded, type Random } from './random.js';
import { brokerDataLoss, busOutage, resync } from './scenarios/bus.js';
import { controls } from './scenarios/controls.js';
import { expiry } from './scenarios/expiry.js';
import { kills } from './scenarios/kills.js';
import { mail } from './scenarios/mail.js';
import { paymentFailures } from './scenarios/payments.js';
import { randomFaults } from './scenarios/random-faults.js';
import { rush } from './scenarios/rush.js';
import { stepDowns } from './scenarios/step-downs.js';
import { allCells, toxics } from './scenarios/toxics.js';
import { twoSystems } from './scenarios/two-systems.js';
import { upgrade } from './scenarios/upgrade.js';
import { NoHistory, previousRelease } from './system/previous-release.js';
import { print, runProgram } from '../system/program.js';

type Say = (line: string) => void;
/** true when every promise was kept */
type Run = (random: Random, say: Say, options: RunOptions) => Promise<boolean>;
/** `minutes` of --minutes; `previous` is the commit or tag of --previous */
type RunOptions = Readonly<{ minutes: number; previous: string | undefined }>;
type Scenario = Readonly<{ about: string; short: Run; long: Run }>;

const needsHistory = 'upgrade';
/**
 * The exit code when this checkout lacks the history that a scenario needs: "skipped" in
 * https://www.gnu.org/software/automake/manual/html_node/Scripts_002dbased-Testsuites.html
 */
const notRun = 77;
/** Scenarios that do not run with --replicas: their faults need a single server. */
const needSingle = ['broker-lost', 'toxics'];
/** Scenarios that compare durations or rates also in their short form. */
const measureTime = ['stepdown', 'toxics'];

const scenarios: Readonly<Record<string, Scenario>> = {
  // The longest short form starts first, so that both lanes end at about the same time.
  controls: {
    about: 'runs scenarios without a guard; each must detect the fault',
    short: controls,
    long: controls,
  },
  rush: {
    about: 'many buyers order the same tickets concurrently',
    short: (random, say) => rush(100, 20, random, say),
    long: (random, say) => rush(2_000, 50, random, say),
  },
  kills: {
    about: 'services die at fail points, servers at any time',
    short: (random, say) => kills({ services: 10, nats: 2, mongo: 1, redis: 1 }, random, say),
    long: (random, say) => kills({ services: 300, nats: 50, mongo: 20, redis: 20 }, random, say),
  },
  stepdown: {
    about: 'the primary of MongoDB steps down, and is killed, while people buy',
    short: (random, say) => stepDowns({ rounds: 1, quietMs: 2_000 }, random, say),
    long: (random, say) => stepDowns({ rounds: 10, quietMs: 10_000 }, random, say),
  },
  random: {
    about: 'processes are killed or suspended, and clocks of services set, at random for --minutes (10)',
    short: (random, say) => randomFaults(25, random, say),
    long: (random, say, { minutes }) => randomFaults(minutes * 60, random, say),
  },
  payments: {
    about: 'the card network fails in every way it can, payments is killed, money goes back',
    short: (random, say) =>
      paymentFailures(60, random, say, {
        RESERVATION_SECONDS: '30',
        SETTLE_SWEEP_MS: '2000',
        SETTLE_AFTER_MS: '5000',
        STRIPE_TIMEOUT_MS: '5000',
      }),
    long: (random, say) => paymentFailures(2_000, random, say),
  },
  'two-systems': {
    about: 'two systems share an account at Stripe while payments is killed',
    short: (random, say) => twoSystems(20, random, say),
    long: (random, say) => twoSystems(200, random, say),
  },
  mail: {
    about: 'notifications dies, and the mail server fails in every way it can',
    short: (random, say) => mail({ purchases: 60, busAwayMs: 5_000, serverAwayMs: 5_000 }, random, say),
    long: (random, say) => mail({ purchases: 2_000, busAwayMs: 60_000, serverAwayMs: 120_000 }, random, say),
  },
  expiry: {
    about: 'no order is paid',
    short: (_random, say) => expiry(100, { reservationSeconds: 8, wipe: false }, say),
    long: (_random, say) => expiry(20_000, { reservationSeconds: 120, wipe: false }, say),
  },
  'redis-wiped': {
    about: 'no order is paid, and Redis loses all timers',
    short: (_random, say) => expiry(100, { reservationSeconds: 8, wipe: true, releaseWithinS: 60 }, say),
    long: (_random, say) => expiry(2_000, { reservationSeconds: 60, wipe: true }, say),
  },
  'bus-away': {
    about: 'orders are placed while the bus is down',
    short: (random, say) => busOutage(5, 20, random, say),
    long: (random, say) => busOutage(600, 10, random, say),
  },
  'broker-lost': {
    about: 'under load the broker loses its latest data, then all data',
    short: (random, say) => brokerDataLoss(3, random, say),
    long: (random, say) => brokerDataLoss(300, random, say),
  },
  toxics: {
    about: 'each connection is slow, limited, reset, silent or down',
    short: (_random, say) =>
      toxics(
        [['mongo', 'blackhole']],
        { maxSeconds: 3, answerWithinMs: 9_000, recoverWithinMs: 60_000 },
        say,
      ),
    long: (_random, say) =>
      toxics(allCells, { maxSeconds: 60, answerWithinMs: 5_000, recoverWithinMs: 15_000 }, say),
  },
  resync: {
    about: 'orders lost its copies of tickets; one command restores them',
    short: (_random, say) => resync(5_000, say),
    long: (_random, say) => resync(100_000, say),
  },
  [needsHistory]: {
    about: 'a rolling update from the previous release under load, a rollback, and the update again',
    short: rollingUpdate({ phaseMs: 2_000, tickets: 30, buyers: 12 }),
    long: rollingUpdate({ phaseMs: 30_000, tickets: 400, buyers: 50 }),
  },
};

function rollingUpdate(size: Omit<Parameters<typeof upgrade>[0], 'previous'>): Run {
  return async (random, say, { previous }) => {
    const { folder, name } = await previousRelease(previous, say);
    say(`the previous release is ${name}`);
    return upgrade({ ...size, previous: folder }, random, say);
  };
}

const usage = `npm run chaos                          every scenario in its long form
npm run chaos -- --short               every scenario in the form that CI runs
npm run chaos -- kills rush --seed 7   two scenarios, with the random choices of seed 7
npm run chaos -- --replicas kills      three members of MongoDB and of NATS, two processes of each service
npm run chaos -- random --minutes 60   random faults for an hour
npm run chaos -- upgrade --previous v1.2.0   by default the newest release before this commit
${Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string' },
      replicas: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '10' },
      previous: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { previous } = values;
  if (values.replicas) process.env['REPLICAS'] = '2';
  const minutes = Number(values.minutes);
  const unknown = positionals.filter(
    (name) => !scenarios[name] || (values.replicas && needSingle.includes(name)),
  );
  if (values.help || unknown.length > 0 || !(minutes > 0)) {
    if (unknown.length > 0)
      print(`unknown scenario, or one that does not run with --replicas: ${unknown.join(', ')}`);
    print(usage);
    return values.help ? 0 : 2;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const begin = Date.now();
  print(
    `seed ${seed}; ${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ` +
      `${process.env['EVENT_BUS'] ?? 'jetstream'}, ${new Date().toISOString()}`,
  );
  const wanted = Object.keys(scenarios).filter((name) =>
    positionals.length > 0
      ? positionals.includes(name)
      : name !== needsHistory && !(values.replicas && needSingle.includes(name)),
  );
  const form = values.short ? 'short' : 'long';
  const failures = await runAll(wanted, { form, seed, minutes, previous });
  const failed = failures.map(({ name }) => name);
  // Repeats the failures at the end, without the lines of other scenarios in between.
  for (const line of failures.flatMap(linesOfFailure)) print(line);
  const seconds = Math.round((Date.now() - begin) / 1_000);
  print(
    failed.length === 0
      ? `\nevery promise was kept (${seconds} s)`
      : `\nBROKEN: ${failed.join(', ')}; repeat with --seed ${seed}`,
  );
  return failed.length === 0 ? 0 : 1;
}

type Choice = RunOptions & Readonly<{ form: 'short' | 'long'; seed: number }>;

type Failure = Readonly<{ name: string; lines: readonly string[] }>;

const maxLinesOfFailure = 60;

/** From the first broken promise on, without the promises that were kept. */
function linesOfFailure({ name, lines }: Failure): string[] {
  const first = lines.findIndex((line) => /BROKEN|FAILED/.test(line));
  const rest = lines.slice(Math.max(first, 0)).filter((line) => !line.includes('kept: '));
  return [`\n== ${name}`, ...rest.slice(0, maxLinesOfFailure)];
}

async function runAll(names: readonly string[], { form, seed, ...options }: Choice): Promise<Failure[]> {
  const failed: Failure[] = [];
  const runOne = async (name: string, { about, [form]: run }: Scenario) => {
    const started = Date.now();
    const lines: string[] = [];
    const say: Say = (text) => {
      const line = `[${name} ${((Date.now() - started) / 1_000).toFixed(1)}] ${text}`;
      lines.push(line);
      print(line);
    };
    say(about);
    const kept = await run(seeded(seed), say, options).catch((error: unknown) => {
      if (error instanceof NoHistory) throw error;
      say(`FAILED: ${error instanceof Error ? error.stack : String(error)}`);
      return false;
    });
    if (!kept) failed.push({ name, lines });
  };
  const runEach = async (waiting: string[]) => {
    for (let name = waiting.shift(); name; name = waiting.shift())
      await runOne(name, scenarios[name] as Scenario);
  };
  // What measures time runs alone: every long form, and some short ones. The other short forms mostly wait.
  const measures = (name: string) => form === 'long' || measureTime.includes(name);
  const waiting = names.filter((name) => !measures(name));
  await Promise.all([runEach(waiting), runEach(waiting)]);
  await runEach(names.filter(measures));
  return failed;
}

runProgram(() =>
  main().catch((error: unknown) => {
    if (!(error instanceof NoHistory)) throw error;
    print(`NOT RUN: ${error.message}`);
    return notRun;
  }),
);
