// Credentials and TLS in MONGO_URI, on a mongod that requires both.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Schema } from 'mongoose';
import { pino } from 'pino';
import { certificatesIn } from '../testing/servers/certificates.js';
import {
  findProgram,
  freePort,
  listens,
  recipes,
  serving,
  startChild,
  type Child,
} from '../testing/servers/index.js';
import { driver, eventually } from '../testing/index.js';
import { openDatabase } from './database.js';

const pass = 'p/ss@word';
const encoded = encodeURIComponent(pass);
const key = randomBytes(256).toString('base64');
const byKey = { MONGO_INITIATE: true, MONGO_KEY: key };

let dir: string;
let mongod: Child;
let uriOf: (user: string) => string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-mongod-'));
  const { ca, both } = certificatesIn(join(dir, 'certificates'));
  const keyFile = join(dir, 'set.key');
  await writeFile(keyFile, key, { mode: 0o400 });
  const found = await findProgram([recipes.mongo], () => undefined);
  const port = await freePort();
  const options = `replicaSet=rs0&authSource=admin&tls=true&tlsCAFile=${encodeURIComponent(ca)}`;
  uriOf = (user) => `mongodb://${user}127.0.0.1:${port}/?${options}`;
  const args = recipes.mongo.args({ host: '127.0.0.1', port, dir });
  const secure = ['--keyFile', keyFile, '--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', both];
  mongod = startChild({ name: 'mongod', program: found.path, args: [...args, ...secure], env: {} });
  await serving(mongod, () => listens(port));
});
afterAll(async () => {
  await mongod.stop();
  await rm(dir, { recursive: true });
});

function open(name: string, MONGO_URI: string, more: { MONGO_INITIATE?: boolean; MONGO_KEY?: string } = {}) {
  const lines: string[] = [];
  const config = {
    NAMESPACE: 'secure',
    MONGO_URI,
    MONGO_INITIATE: false,
    MONGO_TIMEOUT_MS: 3_000,
    MONGO_POOL_SIZE: 2,
    ...more,
  };
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const failures: Error[] = [];
  const database = openDatabase({ name, config, log, fail: (error) => failures.push(error), driver });
  database.connection.model('thing', new Schema({ place: { type: String, index: true } }));
  return { ...database, lines, failures };
}

const refusal = 'MongoDB refuses the user or the password in MONGO_URI';
const isReady = (database: ReturnType<typeof open>) =>
  eventually(() => expect(database.problem()).toBeUndefined(), 30_000);

// The first test makes the users that the others need.
test('by MONGO_KEY a service makes the replica set and its user, and logs no secret', async () => {
  for (const name of ['orders', 'payments']) {
    const database = open(name, uriOf(`${name}:${encoded}@`), byKey);
    await isReady(database);
    await database.connection.collection('things').insertOne({ a: 1 });
    expect(database.lines.join()).not.toMatch(/p\/ss|p%2Fss/);
    expect(database.lines.join()).not.toContain(key.slice(0, 20));
    await database.close();
  }
});

test('a service uses the user, the password and the authority in MONGO_URI', async () => {
  const database = open('orders', uriOf(`orders:${encoded}@`));
  await isReady(database);
  await database.connection.collection('things').insertOne({ a: 1 });
  await database.close();
});

test("the user of a service may neither read nor change another service's database, nor make users", async () => {
  const database = open('payments', uriOf(`orders:${encoded}@`));
  await eventually(() => expect(database.lines.join()).toContain(refusal));
  await database.close();
  const client = await new MongoClient(uriOf(`orders:${encoded}@`), driver).connect();
  try {
    const [own, foreign] = ['secure-orders', 'secure-payments'].map((name) => client.db(name));
    expect(await own?.collection('things').countDocuments()).toBeGreaterThan(0);
    const attempts = [
      () => foreign?.collection('things').countDocuments(),
      () => foreign?.collection('things').insertOne({ a: 1 }),
      () => foreign?.dropDatabase(),
      () => client.db('admin').command({ createUser: 'x', pwd: 'x', roles: ['root'] }),
      () => client.db('admin').command({ shutdown: 1 }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(/not authorized/);
  } finally {
    await client.close();
  }
});

test('a wrong password is logged with the name of the variable and no secret, and tried again', async () => {
  const database = open('orders', uriOf('orders:mistaken@'));
  await eventually(() => expect(database.lines.join()).toContain(refusal));
  expect([database.lines.join().includes('mistaken'), database.failures]).toEqual([false, []]);
  await database.close();
});

test('a URI without a user is refused in the same way', async () => {
  const database = open('orders', uriOf('').replace('authSource=admin&', ''));
  await eventually(() => expect(database.lines.join()).toContain(refusal));
  await database.close();
});

test('by MONGO_KEY a service takes a new password, and the old one ends', async () => {
  const database = open('orders', uriOf('orders:renewed@'), byKey);
  await isReady(database);
  await database.close();
  const late = open('orders', uriOf(`orders:${encoded}@`));
  await eventually(() => expect(late.lines.join()).toContain(refusal));
  await late.close();
});
