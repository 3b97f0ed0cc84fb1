// The alert rules, by Prometheus' own tool.

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

test('the rules and the scrape configuration are what Prometheus understands', () => {
  expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  expect(run('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
});

test('each alert is raised by what it is about, and none by a quiet system', () => {
  expect(run('test', 'rules', 'rules.test.yml')).toContain('SUCCESS');
});
