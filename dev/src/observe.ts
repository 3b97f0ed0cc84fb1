// npm start -- --observe: Prometheus with our rules over the services, a viewer of their traces, and Grafana, each when its
// program can be had. What cannot is said, and nothing else changes.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from './children.js';
import type { Part, Ports } from './ports.js';
import { findProgram } from './servers/find.js';
import { aptInstall, type Program } from './servers/recipes.js';

const folder = join(__dirname, '..', '..', 'infra', 'observability');

const prometheus: Program = {
  name: 'prometheus',
  floor: '2.40',
  versionArgs: ['--version'],
  installs: [aptInstall('prometheus')],
};
// Either takes OTLP over HTTP at a port that it is told, and shows a trace in a browser. None is installed by us: neither
// has a package that brings its pages along.
const viewers: readonly Program[] = [
  { name: 'jaeger', floor: '0', versionArgs: ['version'], installs: [] },
  { name: 'jaeger-all-in-one', floor: '0', versionArgs: ['version'], installs: [] },
  { name: 'otel-desktop-viewer', floor: '0', versionArgs: ['--version'], installs: [] },
];
const grafana: Program = { name: 'grafana-server', floor: '10', versionArgs: ['-v'], installs: [] };

type Say = (line: string) => void;
type Started = Readonly<{ children: readonly Child[]; urls: readonly string[]; env: NodeJS.ProcessEnv }>;

/** Starts what can be had. `env` is for the services: where they send their traces. */
export async function startObservers(data: string, ports: Ports, say: Say): Promise<Started> {
  const children: Child[] = [];
  const urls: string[] = [];
  let env: NodeJS.ProcessEnv = {};
  const attempt = async (what: string, start: () => Promise<void>) => {
    try {
      await start();
    } catch (error) {
      say(`Without ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  await attempt('Prometheus', async () => {
    const program = await findProgram([prometheus], say);
    children.push(await startPrometheus(program, join(data, 'prometheus'), ports));
    // Its pages have other paths in Debian's build; each leads there from here.
    urls.push(`  metrics      http://localhost:${ports.prometheus} (Prometheus)`);
  });
  await attempt('a trace viewer', async () => {
    const program = await findProgram(viewers, say);
    children.push(startViewer(program, ports));
    env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}` };
    urls.push(`  traces       http://localhost:${ports.traces}`);
  });
  await attempt('Grafana', async () => {
    const program = await findProgram([grafana], say);
    children.push(startGrafana(program, join(data, 'grafana'), ports));
    urls.push(`  dashboards   http://localhost:${ports.grafana} (Grafana)`);
  });
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
  return startChild({ name: 'prometheus', program, args, env: process.env });
}

function startViewer(program: string, ports: Ports): Child {
  const args = program.endsWith('otel-desktop-viewer')
    ? ['--http', `${ports.otlp}`, '--browser', `${ports.traces}`]
    : [
        `--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:${ports.otlp}`,
        `--set=extensions.jaeger_query.http.endpoint=127.0.0.1:${ports.traces}`,
      ];
  const ofVersion1 = [
    `--collector.otlp.http.host-port=127.0.0.1:${ports.otlp}`,
    `--query.http-server.host-port=127.0.0.1:${ports.traces}`,
  ];
  return startChild({
    name: 'trace viewer',
    program,
    args: program.endsWith('all-in-one') ? ofVersion1 : args,
    env: process.env,
  });
}

function startGrafana(program: string, dir: string, ports: Ports): Child {
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
  return startChild({ name: 'grafana', program, args: ['--homepath', '/usr/share/grafana'], env });
}

export const observerParts: readonly Part[] = ['prometheus', 'otlp', 'traces', 'grafana'];
