// npm run test:security: attacks the system as `npm start` runs it, and prints the findings (docs/security.md).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { addresses } from './addresses.js';
import type { Attack } from './attack.js';
import { cardTesting } from './card-testing.js';
import { crowding } from './crowding.js';
import { crossSite } from './cross-site.js';
import { dependencies } from './dependencies.js';
import { matrix } from './matrix.js';
import { endedSessions } from './ended-sessions.js';
import { openFindings, type Findings } from './findings.js';
import { headers } from './headers.js';
import { hoarding } from './hoarding.js';
import { signInTiming } from './sign-in-timing.js';
import { injection } from './injection.js';
import { schemathesis } from './schemathesis.js';
import { smuggling } from './smuggling.js';
import { tokens } from './tokens.js';
import { unknownFields } from './unknown-fields.js';
import { webhooks } from './webhooks.js';
import { openWorld, services, type Service } from './world.js';
import { print, runProgram } from '../system/program.js';

const attacks: Readonly<Record<string, Attack>> = {
  tokens,
  'ended-sessions': endedSessions,
  matrix,
  'cross-site': crossSite,
  'unknown-fields': unknownFields,
  injection,
  smuggling,
  addresses,
  headers,
  webhooks,
  'card-testing': cardTesting,
  timing: signInTiming,
  crowding,
  hoarding,
  schemathesis,
  dependencies,
};

const usage = `npm run test:security                 every attack, as CI runs them
npm run test:security -- --long       the number of tries behind the figures in docs/security.md
npm run test:security -- tokens       the named attacks
${Object.entries(attacks)
  .map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`)
  .join('\n')}`;

type Result = Readonly<{
  name: string;
  requests: number;
  checks: number;
  found: readonly string[];
  seconds: number;
}>;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { long: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !attacks[name]);
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) print(`Unknown attacks: ${unknown.join(', ')}`);
    print(usage);
    return values.help ? 0 : 2;
  }
  const started = `npm start${process.env['SECURE'] ? ' -- --secure' : ''}`;
  print(
    `${started}; ${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}`,
  );
  const wanted = Object.entries(attacks).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const alarms: string[] = [];
  const world = await openWorld((line) => {
    if (isAlarm(line)) alarms.push(line);
  });
  const results: Result[] = [];
  try {
    for (const [name, attack] of wanted) {
      const findings = openFindings((line) => print(`[${name}] ${line}`));
      world.findings(findings);
      const [begin, requestsBefore] = [Date.now(), world.requests()];
      alarms.length = 0;
      await attack.run(world, findings, values.long).catch((error: unknown) => {
        findings.check(false, `stopped: ${error instanceof Error ? error.stack : String(error)}`);
      });
      await stillStands(world.system.url, alarms, findings);
      const seconds = (Date.now() - begin) / 1_000;
      const requests = world.requests() - requestsBefore;
      results.push({ name, requests, checks: findings.checks(), found: findings.found(), seconds });
    }
  } finally {
    await world.system.stop();
  }
  return summary(results);
}

/** After an attack every service must be ready, without an alarm. */
async function stillStands(
  url: (part: Service) => string,
  alarms: readonly string[],
  { check }: Findings,
): Promise<void> {
  for (const service of services) {
    const answer = await fetch(`${url(service)}/readyz`).catch(() => undefined);
    check(answer?.ok === true, `${service} is not ready after the attack`);
  }
  for (const alarm of alarms) check(false, `an alarm was raised: ${alarm}`);
}

const isAlarm = (line: string) => line.includes('"alarm":true') || / has ended: /.test(line);

function summary(results: readonly Result[]): number {
  const rows = results.map(({ name, requests, checks, found, seconds }) =>
    [
      name.padEnd(14),
      `${requests}`.padStart(9),
      `${checks}`.padStart(9),
      `${found.length}`.padStart(9),
      seconds.toFixed(1).padStart(8),
    ].join(' '),
  );
  print(
    `\n${['attack'.padEnd(14), ' requests', '   checks', '    found', '       s'].join(' ')}\n${rows.join('\n')}`,
  );
  const found = results.flatMap(({ name, found: list }) => list.map((what) => `${name}: ${what}`));
  if (found.length > 0) print(`\n${found.join('\n')}`);
  const total = (pick: (result: Result) => number) => results.reduce((sum, result) => sum + pick(result), 0);
  print(
    `\n${results.length} attacks, ${total(({ requests }) => requests)} requests, ${total(({ checks }) => checks)} checks, ${found.length} found`,
  );
  return found.length === 0 ? 0 : 1;
}

runProgram(main);
