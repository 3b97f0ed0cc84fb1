// A process of its own, for it is to die.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { failPoints } from './fail-points.js';

const program = `
const { armFailPoint, failPoint } = require(${JSON.stringify(join(__dirname, '..', 'dist', 'fail-points.js'))});
process.on('exit', () => console.log('exit handler'));
armFailPoint(process.env);
for (let times = 1; times <= 3; times += 1) {
  console.log(times);
  failPoint('after-commit');
}
`;

function run(env: Record<string, string>) {
  const { signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' });
  return { signal, said: stdout.trim().split('\n').join(' '), error: stderr };
}

test('a process dies at the place and the time that it was armed for, without a last word', () => {
  expect(run({ FAIL_POINT: 'after-commit:2' })).toMatchObject({ signal: 'SIGKILL', said: '1 2' });
  expect(run({ FAIL_POINT: 'after-commit' })).toMatchObject({ signal: 'SIGKILL', said: '1' });
});

test.each([
  ['nothing is armed', {}],
  ['it is empty', { FAIL_POINT: '' }],
  ['another place is armed', { FAIL_POINT: 'before-ack' }],
  ['it was to pass more often', { FAIL_POINT: 'after-commit:4' }],
])('it lives when %s', (_what, env) => {
  expect(run(env)).toEqual({ signal: null, said: '1 2 3 exit handler', error: '' });
});

test.each([
  ['in production', { FAIL_POINT: 'after-commit', NODE_ENV: 'production' }, 'refused in production'],
  ['for an unknown place', { FAIL_POINT: 'lunch' }, failPoints.join(', ')],
  ['for a bad count', { FAIL_POINT: 'after-commit:0' }, 'how often'],
])('it does not start %s', (_what, env, reason) => {
  const { said, error } = run(env);
  expect(said).toBe('exit handler');
  expect(error).toContain(reason);
});
