// `--observe` on a machine where the tools are missing or broken.

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
  const messages: string[] = [];
  const started = await startObservers(folder, planPorts({}), (line) => messages.push(line));
  return { ...started, printed: messages.join('\n') };
}

test('a missing tool is reported with the attempts and how to install it, and the services send no traces', async () => {
  const { children, urls, env, printed } = await observe();
  expect({ children, env }).toEqual({ children: [], env: {} });
  expect(urls).toEqual(['  without      Prometheus, a trace viewer, Grafana (reasons above)']);
  expect(printed).toMatch(/Without Prometheus: .*\n.*PATH: no prometheus 2\.40 or newer/);
  expect(printed).toMatch(
    /Without a trace viewer: [\s\S]*go install \S+: its program is not installed[\s\S]*docker run/,
  );
  expect(printed).toMatch(/Without Grafana/);
});

test('a viewer that ends at once counts as missing, and its last lines are reported', async () => {
  const jaeger = join(folder, 'jaeger');
  await writeFile(jaeger, '#!/bin/sh\n[ "$1" = version ] && exit 0\necho "bad config: $1"; exit 3\n');
  await chmod(jaeger, 0o755);
  const { children, env, printed } = await observe();
  expect({ children, env }).toEqual({ children: [], env: {} });
  expect(printed).toMatch(
    /Without a trace viewer: jaeger ended: exit code 3\nbad config: --config=.*jaeger\.yml/,
  );
});

test('with a collector the traces go there, and no viewer is started', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:4318';
  const { urls, env, printed } = await observe();
  expect(urls[0]).toBe('  traces       sent to http://127.0.0.1:4318 (OTEL_EXPORTER_OTLP_ENDPOINT)');
  expect(env).toEqual({});
  expect(printed).not.toContain('trace viewer');
});
