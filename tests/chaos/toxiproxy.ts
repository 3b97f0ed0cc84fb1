// Toxiproxy between the services and their servers: https://github.com/Shopify/toxiproxy#http-api

import { setTimeout as delay } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, serversFolder, startChild } from '@ticketing/common/testing/servers';

export type Toxic = Readonly<{
  type: string;
  attributes: Readonly<Record<string, number>>;
  /** only on the way from the server */
  oneWay?: boolean;
}>;

export type Link = Readonly<{
  port: number;
  /** Adds a toxic, or with 'down' closes the port. */
  poison(toxic: Toxic | 'down'): Promise<void>;
  heal(): Promise<void>;
}>;

export type Toxiproxy = Readonly<{
  link(name: string, upstreamPort: number): Promise<Link>;
  stop(): Promise<void>;
}>;

const run = promisify(execFile);
const source = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0';

/** @throws Error that says how to get it */
async function findToxiproxy(): Promise<string> {
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
      `toxiproxy-server is needed on PATH (brew install toxiproxy, or its releases on GitHub); "go install ${source}" did not bring it`,
      { cause: error },
    );
  }
}

export async function startToxiproxy(): Promise<Toxiproxy> {
  const program = await findToxiproxy();
  const port = await freePort();
  const child = startChild({
    name: 'toxiproxy',
    program,
    args: ['-host', '127.0.0.1', '-port', `${port}`],
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  const api = `http://127.0.0.1:${port}`;
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${api}${path}`, { method, body: body ? JSON.stringify(body) : null });
    if (!answer.ok && answer.status !== 404)
      throw new Error(`toxiproxy: ${answer.status} ${await answer.text()}`);
    return answer.status;
  };
  while ((await fetch(`${api}/version`).catch(() => undefined)) === undefined) {
    if (child.process.exitCode !== null) throw new Error(`toxiproxy ended\n${child.tail().join('\n')}`);
    await delay(50);
  }
  return {
    async link(name, upstreamPort) {
      const own = await freePort();
      const upstream = `127.0.0.1:${upstreamPort}`;
      await ask('POST', '/proxies', { name, listen: `127.0.0.1:${own}`, upstream, enabled: true });
      return {
        port: own,
        async poison(toxic) {
          if (toxic === 'down') return void (await ask('POST', `/proxies/${name}`, { enabled: false }));
          const { type, attributes, oneWay } = toxic;
          for (const stream of oneWay ? ['downstream'] : ['upstream', 'downstream'])
            await ask('POST', `/proxies/${name}/toxics`, {
              name: stream,
              stream,
              toxicity: 1,
              type,
              attributes,
            });
        },
        async heal() {
          for (const stream of ['upstream', 'downstream'])
            await ask('DELETE', `/proxies/${name}/toxics/${stream}`);
          await ask('POST', `/proxies/${name}`, { enabled: true });
        },
      };
    },
    stop: () => child.stop(),
  };
}
