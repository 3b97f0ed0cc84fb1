// Toxiproxy between the services and their servers: https://github.com/Shopify/toxiproxy

import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, listens, serversFolder, startChild } from '@ticketing/common/testing/servers';
import { setTimeout as delay } from 'node:timers/promises';
import { Toxiproxy, type Proxy, type ToxicType } from 'toxiproxy-node-client';

export type Toxic = Readonly<{
  type: ToxicType;
  attributes: Readonly<Record<string, number>>;
  /** only on the way from the server */
  oneWay?: boolean;
}>;

/** A proxied connection of the services to one server. */
export type Link = Readonly<{
  port: number;
  /** Adds a toxic; `down` closes the port. */
  disturb(toxic: Toxic | 'down'): Promise<void>;
}>;

export type ToxiproxyServer = Readonly<{
  link(name: string, upstreamPort: number): Promise<Link>;
  /** Removes all toxics and opens all ports. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}>;

const run = promisify(execFile);
const source = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0';

/** @throws Error with installation instructions */
async function findProgram(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), serversFolder()];
  for (const folder of folders) {
    const program = join(folder, 'toxiproxy-server');
    const works = await run(program, ['-version']).then(
      () => true,
      () => false,
    );
    if (works) return program;
  }
  try {
    const program = join(serversFolder(), 'toxiproxy-server');
    await run('go', ['install', source], { env: { ...process.env, GOBIN: serversFolder() } });
    await rename(join(serversFolder(), 'server'), program);
    return program;
  } catch (error) {
    throw new Error(
      `Put toxiproxy-server on the PATH (brew install toxiproxy, or a release from GitHub). "go install ${source}" failed.`,
      { cause: error },
    );
  }
}

export async function startToxiproxy(): Promise<ToxiproxyServer> {
  const program = await findProgram();
  const port = await freePort();
  const child = startChild({
    name: 'toxiproxy',
    program,
    args: ['-host', '127.0.0.1', '-port', `${port}`],
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  while (!(await listens(port))) {
    if (child.process.exitCode !== null) throw new Error(`toxiproxy ended\n${child.tail().join('\n')}`);
    await delay(50);
  }
  const toxiproxy = new Toxiproxy(`http://127.0.0.1:${port}`);
  return {
    async link(name, upstreamPort) {
      const listenPort = await freePort();
      const proxy = await toxiproxy.createProxy({
        name,
        listen: `127.0.0.1:${listenPort}`,
        upstream: `127.0.0.1:${upstreamPort}`,
      });
      return { port: listenPort, disturb: (toxic) => disturb(proxy, toxic) };
    },
    reset: () => toxiproxy.reset(),
    stop: () => child.stop(),
  };
}

async function disturb(proxy: Proxy, toxic: Toxic | 'down'): Promise<void> {
  if (toxic === 'down') {
    await proxy.update({ ...proxy.toJson(), enabled: false });
    return;
  }
  const { type, attributes, oneWay } = toxic;
  for (const stream of oneWay ? (['downstream'] as const) : (['upstream', 'downstream'] as const))
    await proxy.addToxic({ name: stream, stream, type, attributes, toxicity: 1 });
}
