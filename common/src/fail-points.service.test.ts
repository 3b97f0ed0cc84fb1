// Runs in a process of its own, because the fail point kills it.

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
  return { signal, output: stdout.trim().split('\n').join(' '), error: stderr };
}

test('an armed process dies at its point and count, without running exit handlers', () => {
  expect(run({ FAIL_POINT: 'after-commit:2' })).toMatchObject({ signal: 'SIGKILL', output: '1 2' });
  expect(run({ FAIL_POINT: 'after-commit' })).toMatchObject({ signal: 'SIGKILL', output: '1' });
});

test.each([
  ['no point is armed', {}],
  ['the variable is empty', { FAIL_POINT: '' }],
  ['another point is armed', { FAIL_POINT: 'before-ack' }],
  ['the count is not reached', { FAIL_POINT: 'after-commit:4' }],
])('a process survives if %s', (_what, env) => {
  expect(run(env)).toEqual({ signal: null, output: '1 2 3 exit handler', error: '' });
});

test.each([
  ['in production', { FAIL_POINT: 'after-commit', NODE_ENV: 'production' }, 'refused in production'],
  ['with an unknown point', { FAIL_POINT: 'lunch' }, failPoints.join(', ')],
  ['with a bad count', { FAIL_POINT: 'after-commit:0' }, 'a count'],
])('a process does not start %s', (_what, env, reason) => {
  const { output, error } = run(env);
  expect(output).toBe('exit handler');
  expect(error).toContain(reason);
});
