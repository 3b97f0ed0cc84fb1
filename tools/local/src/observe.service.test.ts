// What `--observe` says and does where hardly anything can be had.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startObservers } from './observe.js';
import { planPorts } from './ports.js';

let folder: string;
const before = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-observe-'));
  process.env['PATH'] = folder;
  process.env['TICKETING_SERVERS_DIR'] = join(folder, 'none');
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
});
afterEach(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true, force: true });
});

async function observe() {
  const said: string[] = [];
  const started = await startObservers(folder, planPorts({}), (line) => said.push(line));
  return { ...started, said: said.join('\n') };
}

test('what cannot be had is said, with what was tried and how to get it, and the services send nothing', async () => {
  const { children, urls, env, said } = await observe();
  expect({ children, env }).toEqual({ children: [], env: {} });
  expect(urls).toEqual(['  without      Prometheus, a trace viewer, Grafana (why: see above)']);
  expect(said).toMatch(/Without Prometheus: .*\n.*PATH: no prometheus 2\.40 or newer/);
  expect(said).toMatch(
    /Without a trace viewer: [\s\S]*go install \S+: the program for it is not here[\s\S]*docker run/,
  );
  expect(said).toMatch(/Without Grafana/);
});

test('a viewer that ends at once is as good as none, and its last words are said', async () => {
  const jaeger = join(folder, 'jaeger');
  await writeFile(jaeger, '#!/bin/sh\n[ "$1" = version ] && exit 0\necho "bad config: $1"; exit 3\n');
  await chmod(jaeger, 0o755);
  const { children, env, said } = await observe();
  expect({ children, env }).toEqual({ children: [], env: {} });
  expect(said).toMatch(
    /Without a trace viewer: jaeger ended: exit code 3\nbad config: --config=.*jaeger\.yml/,
  );
});

test('who has a collector gets the traces there, and no viewer is sought', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:4318';
  const { urls, env, said } = await observe();
  expect(urls[0]).toBe('  traces       go to http://127.0.0.1:4318 (OTEL_EXPORTER_OTLP_ENDPOINT)');
  expect(env).toEqual({});
  expect(said).not.toContain('trace viewer');
});
