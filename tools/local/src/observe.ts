// npm start -- --observe: Prometheus with our rules over the services, a viewer of their traces, and Grafana, each when its
// program can be had. What cannot is said, and nothing else changes.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startChild,
  type Child,
  findProgram,
  aptInstall,
  type Program,
  listens,
  serving,
  root,
} from '@ticketing/common/testing/servers';
import type { Part, Ports } from './ports.js';
import { howToGetOne, traceViewers, type TraceViewer } from './trace-viewers.js';

const folder = join(root, 'infra', 'observability');

const prometheus: Program = {
  name: 'prometheus',
  floor: '2.40',
  versionArgs: ['--version'],
  installs: [aptInstall('prometheus')],
};
const grafana: Program = { name: 'grafana-server', floor: '10', versionArgs: ['-v'], installs: [] };

type Say = (line: string) => void;
type Started = Readonly<{ children: readonly Child[]; urls: readonly string[]; env: NodeJS.ProcessEnv }>;

/** Starts what can be had. `env` is for the services: where they send their traces. */
export async function startObservers(data: string, ports: Ports, say: Say): Promise<Started> {
  const children: Child[] = [];
  const urls: string[] = [];
  const missing: string[] = [];
  let env: NodeJS.ProcessEnv = {};
  const attempt = async (what: string, start: () => Promise<void>, advice = '') => {
    try {
      await start();
    } catch (error) {
      missing.push(what);
      say(`Without ${what}: ${error instanceof Error ? error.message : String(error)}${advice}`);
    }
  };

  await attempt('Prometheus', async () => {
    const { path } = await findProgram([prometheus], say);
    children.push(await startPrometheus(path, join(data, 'prometheus'), ports));
    // Its pages have other paths in Debian's build; each leads there from here.
    urls.push(`  metrics      http://localhost:${ports.prometheus} (Prometheus)`);
  });
  const collector = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const viewTraces = async () => {
    const { path, program } = await findProgram(traceViewers, say);
    children.push(await startViewer(path, program, ports));
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}` };
    urls.push(`  traces       http://localhost:${ports.traces} (${program.name})`);
  };
  if (collector) urls.push(`  traces       go to ${collector} (OTEL_EXPORTER_OTLP_ENDPOINT)`);
  else await attempt('a trace viewer', viewTraces, `\n${howToGetOne}`);
  await attempt('Grafana', async () => {
    const { path } = await findProgram([grafana], say);
    children.push(await startGrafana(path, join(data, 'grafana'), ports));
    urls.push(`  dashboards   http://localhost:${ports.grafana} (Grafana)`);
  });
  if (missing.length > 0) urls.push(`  without      ${missing.join(', ')} (why: see above)`);
  return { children, urls, env };
}

/** The committed configuration, with the ports of this system in the place of the usual ones. */
export function scrapeConfig(text: string, ports: Ports): string {
  const targets = ['auth', 'tickets', 'orders', 'expiration', 'payments'] as const;
  return targets.reduce(
    (config, name) =>
      config.replace(
        new RegExp(`'[^']+'(\\], labels: \\{ service: ${name} \\})`),
        `'127.0.0.1:${ports[name]}'$1`,
      ),
    text,
  );
}

async function startPrometheus(program: string, dir: string, ports: Ports): Promise<Child> {
  await mkdir(dir, { recursive: true });
  const given = await readFile(join(folder, 'prometheus', 'prometheus.yml'), 'utf8');
  await writeFile(join(dir, 'prometheus.yml'), scrapeConfig(given, ports));
  await cp(join(folder, 'prometheus', 'rules.yml'), join(dir, 'rules.yml'));
  const args = [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    '--storage.tsdb.retention.time=1d',
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
  ];
  return started(startChild({ name: 'prometheus', program, args, env: process.env }), ports.prometheus);
}

function startViewer(path: string, { name, args }: TraceViewer, ports: Ports): Promise<Child> {
  return started(startChild({ name, program: path, args: args(ports), env: process.env }), ports.traces);
}

function startGrafana(program: string, dir: string, ports: Ports): Promise<Child> {
  const env = {
    ...process.env,
    GF_SERVER_HTTP_ADDR: '127.0.0.1',
    GF_SERVER_HTTP_PORT: `${ports.grafana}`,
    GF_PATHS_DATA: dir,
    GF_PATHS_PROVISIONING: join(folder, 'grafana', 'provisioning'),
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus}`,
    TICKETING_DASHBOARDS: join(folder, 'grafana', 'dashboards'),
  };
  const args = ['--homepath', '/usr/share/grafana'];
  return started(startChild({ name: 'grafana', program, args, env }), ports.grafana);
}

/** @throws Error with its last lines, when it ends or does not serve */
async function started(child: Child, port: number): Promise<Child> {
  await serving(child, () => listens(port));
  return child;
}

export const observerParts: readonly Part[] = ['prometheus', 'otlp', 'traces', 'grafana'];
