// Times that are stored, or compared with stored ones, come from `now` of the service (service/clock.ts), and durations from
// the monotonic clock. Other uses of the machine's clock are listed here with their reasons.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const readsMachineClock = /\bDate\.now\b|new Date\(\)/;

const reasons: Readonly<Record<string, string>> = {
  'common/src/service/clock.ts': 'compares it with the clock of the store',
  'common/src/http/rate-limit.ts': 'windows in memory, whose library compares their ends with it',
  'common/src/http/session.ts': 'the default of tests',
  'expiration/src/store.ts': 'BullMQ compares it with the times of timers',
};

function readersIn(workspace: string): string[] {
  return readdirSync(join(root, workspace, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/(^|\/)testing\//.test(file))
    .map((file) => `${workspace}/src/${file}`)
    .filter((file) => readsMachineClock.test(readFileSync(join(root, file), 'utf8')));
}

test.each(['common', 'auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'])(
  '%s reads the clock of the machine for the listed reasons only',
  (workspace) => {
    const listed = Object.keys(reasons).filter((file) => file.startsWith(`${workspace}/`));
    expect(readersIn(workspace).sort()).toEqual(listed.sort());
  },
);
