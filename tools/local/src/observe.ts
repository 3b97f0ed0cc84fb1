// npm start -- --observe: starts Prometheus with the alert rules, a trace viewer and Grafana. A tool whose program is not
// available is reported, and the rest runs without it.

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
import { services, type Ports } from './ports.js';
import { howToInstallOne, traceViewers, type TraceViewer } from './trace-viewers.js';

const folder = join(root, 'infra', 'observability');

const prometheus: Program = {
  name: 'prometheus',
  floor: '2.40',
  versionArgs: ['--version'],
  installs: [aptInstall('prometheus')],
};
const grafana: Program = { name: 'grafana-server', floor: '10', versionArgs: ['-v'], installs: [] };

type Say = (line: string) => void;
type Observers = Readonly<{ children: readonly Child[]; urls: readonly string[]; env: NodeJS.ProcessEnv }>;

/** Starts the available tools. `urls` are lines for the user; `env` tells the services where to send their traces. */
export async function startObservers(data: string, ports: Ports, say: Say): Promise<Observers> {
  const children: Child[] = [];
  const urls: string[] = [];
  const missing: string[] = [];
  let env: NodeJS.ProcessEnv = {};
  const attempt = async (tool: string, start: () => Promise<void>, advice = '') => {
    try {
      await start();
    } catch (error) {
      missing.push(tool);
      say(`Without ${tool}: ${error instanceof Error ? error.message : String(error)}${advice}`);
    }
  };

  await attempt('Prometheus', async () => {
    const { path } = await findProgram([prometheus], say);
    children.push(await startPrometheus(path, join(data, 'prometheus'), ports));
    // Page paths differ between builds; each build redirects from `/`.
    urls.push(`  metrics      http://localhost:${ports.prometheus} (Prometheus)`);
  });
  const collector = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const viewTraces = async () => {
    const { path, program } = await findProgram(traceViewers, say);
    children.push(await startViewer(path, program, ports));
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}` };
    urls.push(`  traces       http://localhost:${ports.traces} (${program.name})`);
  };
  if (collector) urls.push(`  traces       sent to ${collector} (OTEL_EXPORTER_OTLP_ENDPOINT)`);
  else await attempt('a trace viewer', viewTraces, `\n${howToInstallOne}`);
  await attempt('Grafana', async () => {
    const { path } = await findProgram([grafana], say);
    children.push(await startGrafana(path, join(data, 'grafana'), ports));
    urls.push(`  dashboards   http://localhost:${ports.grafana} (Grafana)`);
  });
  if (missing.length > 0) urls.push(`  without      ${missing.join(', ')} (reasons above)`);
  return { children, urls, env };
}

/** Replaces the default ports in Prometheus' configuration by those of this system. */
export function scrapeConfig(text: string, ports: Ports): string {
  return services.reduce(
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
  return listening(startChild({ name: 'prometheus', program, args, env: process.env }), ports.prometheus);
}

function startViewer(path: string, { name, args }: TraceViewer, ports: Ports): Promise<Child> {
  return listening(startChild({ name, program: path, args: args(ports), env: process.env }), ports.traces);
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
  return listening(startChild({ name: 'grafana', program, args, env }), ports.grafana);
}

/** @throws Error with the child's last lines when it ends, or when its port does not accept connections in time */
async function listening(child: Child, port: number): Promise<Child> {
  await serving(child, () => listens(port));
  return child;
}
