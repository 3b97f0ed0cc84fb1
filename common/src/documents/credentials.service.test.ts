// Credentials and TLS in MONGO_URI, on a mongod that requires both.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Schema } from 'mongoose';
import { pino } from 'pino';
import { certificatesIn } from '../testing/servers/certificates.js';
import {
  findServer,
  freePort,
  listens,
  recipes,
  serving,
  startChild,
  type Child,
} from '../testing/servers/index.js';
import { driver, eventually } from '../testing/index.js';
import { openDatabase } from './database.js';

const [user, pass] = ['orders', 'p/ss@word'];
const encoded = encodeURIComponent(pass);

let dir: string;
let mongod: Child;
let host: string;
let options: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-mongod-'));
  const { ca, cert, key } = certificatesIn(join(dir, 'certificates'));
  const [both, keyFile] = [join(dir, 'both.pem'), join(dir, 'set.key')];
  await writeFile(both, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')));
  await writeFile(keyFile, randomBytes(256).toString('base64'), { mode: 0o400 });
  const found = await findServer(recipes.mongo, () => undefined);
  if (found.how !== 'program') throw new Error('this test needs the program mongod');
  const port = await freePort();
  host = `127.0.0.1:${port}`;
  options = `tls=true&tlsCAFile=${encodeURIComponent(ca)}`;
  const args = recipes.mongo.args({ host: '127.0.0.1', port, dir });
  const secure = ['--auth', '--keyFile', keyFile, '--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', both];
  mongod = startChild({ name: 'mongod', program: found.path, args: [...args, ...secure], env: {} });
  await serving(mongod, () => listens(port));
  // A server without users lets a client on the same machine initiate the set and create the first user.
  const client = await new MongoClient(
    `mongodb://${host}/?directConnection=true&${options}`,
    driver,
  ).connect();
  const admin = client.db('admin');
  await admin.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } });
  await eventually(async () => {
    expect(await admin.command({ hello: 1 })).toMatchObject({ isWritablePrimary: true });
  });
  await admin.command({ createUser: user, pwd: pass, roles: ['root'] });
  await client.close();
});
afterAll(async () => {
  await mongod.stop();
  await rm(dir, { recursive: true });
});

function open(MONGO_URI: string) {
  const lines: string[] = [];
  const config = {
    NAMESPACE: 'secure',
    MONGO_URI,
    MONGO_INITIATE: false,
    MONGO_TIMEOUT_MS: 3_000,
    MONGO_POOL_SIZE: 2,
  };
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const failures: Error[] = [];
  const database = openDatabase({
    name: 'orders',
    config,
    log,
    fail: (error) => failures.push(error),
    driver,
  });
  database.connection.model('thing', new Schema({ place: { type: String, index: true } }));
  return { ...database, lines, failures };
}

test('a service uses the user, the password and the authority in MONGO_URI, and logs no secret', async () => {
  const database = open(`mongodb://${user}:${encoded}@${host}/?replicaSet=rs0&authSource=admin&${options}`);
  await eventually(() => expect(database.problem()).toBeUndefined());
  await database.connection.collection('things').insertOne({ a: 1 });
  expect(database.lines.join()).not.toMatch(/p\/ss|p%2Fss/);
  await database.close();
});

test('a wrong password is logged with the name of the variable and no secret, and tried again', async () => {
  const database = open(`mongodb://${user}:mistaken@${host}/?replicaSet=rs0&authSource=admin&${options}`);
  await eventually(() =>
    expect(database.lines.join()).toContain('MongoDB refuses the user or the password in MONGO_URI'),
  );
  expect([database.lines.join().includes('mistaken'), database.failures]).toEqual([false, []]);
  await database.close();
});

test('a URI without a user is refused in the same way', async () => {
  const database = open(`mongodb://${host}/?replicaSet=rs0&${options}`);
  await eventually(() =>
    expect(database.lines.join()).toContain('MongoDB refuses the user or the password in MONGO_URI'),
  );
  await database.close();
});
