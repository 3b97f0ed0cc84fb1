// Live updates through a real NGINX, with the settings that its ingress controller derives from our Ingress. The Ingress has
// no annotations, so these are the controller's defaults:
// https://github.com/nginx/kubernetes-ingress/blob/main/internal/configs/version1/nginx.ingress.tmpl

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@ticketing/client';
import { aUser, eventually, openStream, startForTest, type TestService } from '@ticketing/common/testing';
import {
  brewInstall,
  findProgram,
  freePort,
  listens,
  nginxFromWheel,
  serving,
  startChild,
  type Child,
  type Program,
} from '@ticketing/common/testing/servers';
import { service } from '../../tickets/src/service.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { done } from '../system/person.js';

const program: Program = {
  name: 'nginx',
  // The first version with `-e`.
  floor: '1.19.5',
  versionArgs: ['-v'],
  installs: [nginxFromWheel, brewInstall('nginx')],
};
type Settings = Readonly<{
  /**
   * of the requests to the service; the controller sets 1.1. NGINX passes the chunks of HTTP/1.1 at once. An answer of
   * HTTP/1.0, the default of older versions, has no chunks: NGINX keeps it until a buffer is full, unless our header says no.
   */
  http?: '1.0' | '1.1';
  ignoresHeader?: boolean;
}>;

const configuration = (port: number, upstream: string, { http = '1.1', ignoresHeader }: Settings) => `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  upstream tickets { server ${upstream} max_fails=1 fail_timeout=10s max_conns=0; }
  server {
    listen 127.0.0.1:${port};
    location /api/tickets {
      proxy_http_version ${http};
      proxy_connect_timeout 60s;
      proxy_read_timeout 60s;
      proxy_send_timeout 60s;
      client_max_body_size 1m;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_buffering on;
      proxy_next_upstream error timeout;
      ${ignoresHeader ? 'proxy_ignore_headers X-Accel-Buffering;' : ''}
      proxy_pass http://tickets;
    }
  }
}
`;

const seller = aUser();
const closing: (() => unknown)[] = [];
let tickets: TestService<TicketsContext>;
let path: string;

beforeAll(async () => {
  tickets = await startForTest(service, { TRUST_PROXY: '1' });
  ({ path } = await findProgram([program], (line) => console.log(line)));
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => tickets.stop());

/** Starts an NGINX before the service. Returns its URL. */
async function startNginx(how: Settings = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-nginx-'));
  closing.push(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const settings = configuration(port, new URL(tickets.url).host, how);
  await writeFile(join(folder, 'nginx.conf'), settings);
  const args = ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'];
  const child: Child = startChild({ name: 'nginx', program: path, args });
  closing.push(() => child.stop());
  await serving(child, () => listens(port));
  return `http://127.0.0.1:${port}`;
}

const clientAt = (url: string) => createClient({ url, token: seller.token });
const aTicket = (url: string) => done(clientAt(url).createTicket({ title: 'Final', price: '10' }), 201);
const edit = (url: string, ticketId: string, number: number) =>
  done(clientAt(url).updateTicket({ ticketId, title: `Final ${number}`, price: '10' }), 200);

async function streamThrough(url: string, id: string) {
  const stream = await openStream(`${url}/api/tickets/events?ids=${id}`);
  closing.push(() => stream.close());
  return stream;
}

const changes = 5;

test.each(['1.1', '1.0'] as const)('each change passes at once with HTTP/%s to the service', async (http) => {
  const url = await startNginx({ http });
  const { id } = await aTicket(url);
  const stream = await streamThrough(url, id);
  expect([stream.status, stream.answer.headers['content-type']]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
  const watching = createClient({ url }).watchTickets([id]);
  expect((await watching.next()).value).toMatchObject({ version: 0 });
  for (let number = 1; number <= changes; number += 1) {
    await edit(url, id, number);
    await eventually(() => expect(stream.messages).toHaveLength(number + 1));
    expect((await watching.next()).value).toMatchObject({ version: number });
  }
  await watching.return();
});

test('control: without our header, NGINX keeps the changes of HTTP/1.0 back', async () => {
  const [url, buffering] = [await startNginx(), await startNginx({ http: '1.0', ignoresHeader: true })];
  const { id } = await aTicket(url);
  const passed = await streamThrough(url, id);
  // Even the beginning of the answer is kept back, so this stream does not open.
  const kept: unknown[][] = [];
  streamThrough(buffering, id).then(
    ({ messages }) => kept.push(messages as unknown[]),
    () => undefined,
  );
  const metrics = async () => (await fetch(`${tickets.url}/metrics`)).text();
  await eventually(async () => expect(await metrics()).toMatch(/^ticketing_streams_open 2$/m));
  for (let number = 1; number <= changes; number += 1) {
    await edit(url, id, number);
    await eventually(() => expect(passed.messages).toHaveLength(number + 1));
  }
  expect(kept.flat()).toEqual([]);
});
