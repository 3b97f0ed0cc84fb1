// Checks the alert rules with promtool.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { find, installingTakesMs } from './programs.js';
import { root } from './variants.js';

const folder = join(root, 'infra', 'observability', 'prometheus');
let promtool: string;

beforeAll(async () => {
  promtool = await find('promtool');
}, installingTakesMs);

const run = (...args: string[]) =>
  execFileSync(promtool, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

test('the rules and the scrape configuration are valid', () => {
  expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  expect(run('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
});

test('each alert fires for its condition, and none fires for a healthy system', () => {
  expect(run('test', 'rules', 'rules.test.yml')).toContain('SUCCESS');
});
