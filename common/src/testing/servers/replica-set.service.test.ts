// MongoDB members without a replica set configuration, as in a new cluster.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initiateReplicaSet } from '../../documents/replica-set.js';
import { driver, eventually } from '../index.js';
import { MongoClient } from 'mongodb';
import { startChild, type Child } from '../child.js';
import { freePort } from '../free-port.js';
import { findProgram } from './find.js';
import { recipes } from './recipes.js';
import { listens } from './start.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function aMember(port: number): Promise<Child> {
  const found = await findProgram([recipes.mongo], () => undefined);
  const dir = await mkdtemp(join(tmpdir(), 'ticketing-member-'));
  const args = recipes.mongo.args({ host: '127.0.0.1', port, dir });
  const child = startChild({ name: 'mongod', program: found.path, args });
  cleanUps.push(
    () => rm(dir, { recursive: true, force: true }),
    () => child.stop(0),
  );
  await eventually(async () => expect(await listens(port)).toBe(true), 20_000);
  return child;
}

async function threePorts() {
  const ports = [await freePort(), await freePort(), await freePort()];
  return { ports, uri: `mongodb://${ports.map((port) => `127.0.0.1:${port}`).join()}/?replicaSet=rs0` };
}

async function membersAsSeenBy(uri: string): Promise<string[]> {
  const client = new MongoClient(uri, { ...(driver as object), serverSelectionTimeoutMS: 20_000 });
  try {
    const { hosts } = await (await client.connect()).db('admin').command({ hello: 1 });
    return (hosts as string[]).toSorted();
  } finally {
    await client.close();
  }
}

test('the members of the URI become one set when all are up, also with concurrent and repeated calls', async () => {
  const { ports, uri } = await threePorts();
  const [first = 0, second = 0, third = 0] = ports;
  await expect(initiateReplicaSet(uri, driver)).rejects.toThrow('ECONNREFUSED');
  await Promise.all([aMember(first), aMember(second)]);
  // The server needs the votes of all members.
  await expect(initiateReplicaSet(uri, driver)).rejects.toThrow(/quorum check failed/);
  await aMember(third);

  const outcomes = await Promise.allSettled([
    initiateReplicaSet(uri, driver),
    initiateReplicaSet(uri, driver),
  ]);
  expect(outcomes).toContainEqual({ status: 'fulfilled', value: true });
  expect(await membersAsSeenBy(uri)).toEqual(ports.map((port) => `127.0.0.1:${port}`).toSorted());
  expect(await initiateReplicaSet(uri, driver)).toBe(false);
});

test('a first member that lost its data does not initiate a second set', async () => {
  const { ports, uri } = await threePorts();
  const [first = 0, second = 0, third = 0] = ports;
  const [lost] = await Promise.all([aMember(first), aMember(second), aMember(third)]);
  await initiateReplicaSet(uri, driver);
  await membersAsSeenBy(uri);
  await lost.stop(0);
  await aMember(first);
  // The member has either rejoined by the others' heartbeats, or they reject the call.
  const outcome = await initiateReplicaSet(uri, driver).catch((error: Error) => error.message);
  expect(outcome).not.toBe(true);
  const others = `mongodb://127.0.0.1:${second},127.0.0.1:${third}/?replicaSet=rs0`;
  expect(await membersAsSeenBy(others)).toHaveLength(3);
});

test('a URI without a set name changes nothing', async () => {
  expect(await initiateReplicaSet('mongodb://127.0.0.1:9', driver)).toBe(false);
});
