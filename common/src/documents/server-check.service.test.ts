// The version check, on a mongod whose featureCompatibilityVersion is that of an earlier release.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Schema } from 'mongoose';
import { pino } from 'pino';
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

let dir: string;
let mongod: Child;
let uri: string;
let admin: MongoClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-mongod-'));
  const found = await findProgram([recipes.mongo], () => undefined);
  const port = await freePort();
  uri = `mongodb://127.0.0.1:${port}/?replicaSet=rs0`;
  const args = recipes.mongo.args({ host: '127.0.0.1', port, dir });
  mongod = startChild({ name: 'mongod', program: found.path, args, env: {} });
  await serving(mongod, () => listens(port));
  admin = new MongoClient(uri, driver);
});
afterAll(async () => {
  await admin.close();
  await mongod.stop();
  await rm(dir, { recursive: true });
});

function open() {
  const lines: string[] = [];
  const config = {
    NAMESPACE: 'versions',
    MONGO_URI: uri,
    MONGO_INITIATE: true,
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

// `confirm` is required from MongoDB 7.0 on, and unknown before.
const setFeatures = (setFeatureCompatibilityVersion: string) =>
  admin.db('admin').command({ setFeatureCompatibilityVersion });

test('a service waits for a MongoDB with old features, names the command, and is ready after it', async () => {
  const first = open();
  await eventually(() => expect(first.problem()).toBeUndefined(), 30_000);
  await first.close();
  await setFeatures('5.0');

  const database = open();
  const needed =
    /featureCompatibilityVersion of MongoDB 6\.\S+ is 5\.0; 6\.0 or newer is needed: db\.adminCommand/;
  await eventually(() => expect(database.problem()).toMatch(needed), 30_000);
  expect(database.lines.join()).toMatch(/is 5\.0; 6\.0 or newer is needed/);
  expect(database.failures).toEqual([]);

  await setFeatures('6.0');
  await eventually(() => expect(database.problem()).toBeUndefined(), 30_000);
  await database.close();
});
