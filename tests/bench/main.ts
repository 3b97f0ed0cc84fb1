// npm run bench: starts the system as `npm start` does, measures it, and prints a table for docs/performance.md. With REPLICAS
// in the environment, it starts that many processes of each service, and three members of MongoDB and of NATS.
// The load goes to the services' ports. Each figure is the median of three runs; the machine should be idle otherwise.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { cost } from './cost.js';
import { expiring } from './expiring.js';
import { mails } from './mails.js';
import {
  listing,
  locking,
  manyTickets,
  placing,
  purchases,
  showing,
  yardstick,
  type Figures,
} from './measures.js';
import { targetOf, type Target } from './client.js';
import { overload } from './overload.js';
import { placesMeasures } from './places.js';
import { restart } from './restart.js';
import { secureCost } from './secure.js';
import { sessionsCost } from './sessions.js';
import { sizes } from './sizes.js';
import { limitsCost } from './side-by-side.js';
import { streams } from './streams.js';
import { tracingCost } from './tracing.js';
import { startSystem, type System } from '../system/system.js';

const rounds = 3;

type Row = Readonly<{ name: string; values: readonly number[] }>;

async function main(): Promise<void> {
  const only = process.argv.slice(2);
  if (only[0] === 'overload') return overload(print);
  if (only[0] === 'limits') return limitsCost(print);
  if (only[0] === 'secure') return secureCost(print);
  if (only[0] === 'tracing') return tracingCost(print);
  if (only[0] === 'sessions') return sessionsCost(print);
  if (only[0] === 'cost') return cost(print);
  if (only[0] === 'mails') return mails(print, Number(only[1] ?? 10_000));
  if (only[0] === 'streams' && only[1] === '--restart') return restart(print, Number(only[2] ?? 1_000));
  if (only[0] === 'streams') return streams(print, only.slice(1).map(Number));
  if (only[0] === 'sizes') return sizes(print, only[1] ? Number(only[1]) : undefined);
  const rows: Row[] = [];
  const system = await startSystem();
  const target = targetOf(system);
  const measure = async (name: string, measureOnce: (target: Target) => Promise<Figures>) => {
    if (only.length > 0 && !only.includes(name)) return;
    const figures: Figures[] = [];
    for (let round = 0; round < rounds; round += 1) figures.push(await measureOnce(target));
    for (const figure of Object.keys(figures[0] ?? {}))
      record({ name: figure, values: figures.map((run) => run[figure] ?? Number.NaN) });
  };
  const record = (row: Row) => {
    rows.push(row);
    print(`${row.name}: ${row.values.map(rounded).join(', ')}`);
  };

  try {
    print(
      `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}`,
    );
    await measure('yardstick', yardstick);
    record({ name: 'ready after s', values: [system.readyAfterMs / 1_000] });
    for (const [service, megabytes] of residentOf(system))
      record({ name: `resident MB, ${service}`, values: [megabytes] });
    await measure('showing', showing);
    await measure('listing', listing);
    await measure('placing', placing);
    await measure('purchases', purchases);
    await measure('locking', locking);
    await measure('expiring', (each) => expiring(each));
    for (const measureOnce of placesMeasures) await measure('places', measureOnce);
    if (only.length === 0 || only.includes('manyTickets')) {
      await manyTickets(target, 100_000);
      await measure('manyTickets', async () => {
        const figures = await listing(target);
        return { 'list/s, 100,000 stored': figures['list/s'] ?? Number.NaN };
      });
    }
  } finally {
    await system.stop();
  }
  print('\n| | median | runs |\n|---|---|---|');
  for (const { name, values } of rows)
    print(`| ${name} | ${rounded(median(values))} | ${values.map(rounded).join(', ')} |`);
}

/** Resident memory of each service's process, in MB. */
function residentOf(system: System): [string, number][] {
  const processes = execFileSync('ps', ['-eo', 'ppid=,rss=,args='], { encoding: 'utf8' });
  return processes
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s.*\/(\w+)\/dist\/main\.js/.exec(line))
    .filter((match) => match?.[1] === String(system.pid))
    .map((match): [string, number] => [match?.[3] ?? '', Number(match?.[2]) / 1_024]);
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const rounded = (value: number) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
const print = (line: string) => process.stdout.write(`${line}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
});
