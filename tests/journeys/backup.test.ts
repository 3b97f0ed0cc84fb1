// The backup of the CronJobs, and a restore into databases that are lost.

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { localUrls, planPorts, serviceEnv } from '@ticketing/local';
import { root } from '@ticketing/common/testing/servers';
import { eventually } from '@ticketing/common/testing';
import { done, password, pay, refused, reserve, signUp } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';
import { run, runOps } from './command.js';

const script = join(root, 'infra', 'k8s', 'components', 'backup', 'backup.sh');
const services = ['auth', 'tickets', 'orders', 'payments', 'notifications'];

let data: string;
let backups: string;
let system: System | undefined;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'ticketing-restored-'));
  backups = await mkdtemp(join(tmpdir(), 'ticketing-backups-'));
});
afterAll(async () => {
  await system?.stop();
  await rm(data, { recursive: true, force: true });
  await rm(backups, { recursive: true, force: true });
});

/** The environment of a service of the system, as its pod has it. */
function environmentOf({ env, serversOf }: System, service: string): Record<string, string> {
  const ports = planPorts(env);
  const servers = serversOf(service);
  const urls = { mongo: '', nats: '', redis: '', ...localUrls(ports) };
  const all = { ...serviceEnv(env, urls, join(data, 'secrets.json')), ...servers };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

const backUp = (of: System, service: string, keep = '14') =>
  run(
    'sh',
    ['-c', `cd ${service} && exec sh ${script} ${service} ${backups} ${keep}`],
    environmentOf(of, service),
  );

/** `gunzip --stdout <file> | node dist/main.js restore`, as docs/operations.md has it. */
async function restore(into: System, service: string): Promise<string> {
  const [file = ''] = (await readdir(backups)).filter((name) => name.startsWith(`${service}-`));
  const program = join(root, service, 'dist', 'main.js');
  const env = { ...process.env, ...environmentOf(into, service) };
  const child = spawn(process.execPath, [program, 'restore'], { env });
  createReadStream(join(backups, file)).pipe(createGunzip()).pipe(child.stdin);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

test('purchases outlive the loss of every database, by the backups of the CronJobs', async () => {
  system = await startSystem({ TICKETING_DATA: data });
  const gateway = system.url('gateway');
  const [seller, buyer] = [await signUp(gateway), await signUp(gateway)];
  const ticket = await done(seller.createTicket({ title: 'Cup final', price: '10' }), 201);
  const order = await reserve(buyer, { ticketId: ticket.id });
  await pay(buyer, order.id);
  const consistent = {
    code: 0,
    output: '1 tickets, 1 orders, 1 payments\nevery copy agrees with its owner\n',
  };
  await eventually(async () =>
    expect(await done(seller.showTicket({ ticketId: ticket.id }), 200)).toMatchObject({ status: 'sold' }),
  );
  for (const service of services)
    expect(await backUp(system, service)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\{"documents":\d+\}\n\S+\.backup\.gz\n$/) as string,
    });

  await system.stop();
  await rm(join(data, 'mongo'), { recursive: true });
  system = await startSystem({ TICKETING_DATA: data });
  const restored = system;
  expect((await runOps(['check'], restored.env)).output).toContain('0 tickets, 0 orders, 0 payments');
  for (const service of services)
    expect(await restore(restored, service)).toMatch(/^[1-9]\d* documents restored$/m);

  expect(await runOps(['check'], restored.env)).toEqual(consistent);
  const again = await signUp(restored.url('gateway'));
  await done(again.signIn({ email: buyer.email, password }), 200);
  expect(await done(again.showOrder({ orderId: order.id }), 200)).toMatchObject({ status: 'complete' });
  const late = await signUp(restored.url('gateway'));
  await refused(late.placeOrder({ ticketId: ticket.id }), 409, 'ticket-sold');
});

test('only the newest backups stay, and one that fails leaves nothing that looks complete', async () => {
  if (!system) throw new Error('the test above has not started the system');
  const ofTickets = async () => (await readdir(backups)).filter((name) => name.startsWith('tickets'));
  const before = await ofTickets();
  const failed = await run('sh', ['-c', `cd tickets && exec sh ${script} tickets ${backups} 1`], {
    ...environmentOf(system, 'tickets'),
    MONGO_URI: 'mongodb://127.0.0.1:1/?replicaSet=rs0',
  });
  expect(failed.code).not.toBe(0);
  expect((await ofTickets()).filter((name) => name.endsWith('.backup.gz'))).toEqual(before);

  expect((await backUp(system, 'tickets', '1')).code).toBe(0);
  const after = await ofTickets();
  expect([after.length, after.includes(before[0] ?? '')]).toEqual([1, false]);
});
