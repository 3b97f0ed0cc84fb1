// The service's own MongoDB: connected in the background and for ever, unready until its indexes stand.

import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { ConfigError } from '../service/config.js';
import { backoff, pause } from '../bus/backoff.js';
import type { Logger } from '../observability/logger.js';
import { hostsIn, initiateReplicaSet } from './replica-set.js';

export type Database = Readonly<{
  connection: Connection;
  /** of every write that somebody relies on */
  writeConcern: Readonly<{ w: 'majority'; wtimeout: number }>;
  /** undefined when everything stands; otherwise what is missing, for `/readyz` */
  problem(): string | undefined;
  /** Has an index of an older version dropped, as soon as today's stand. */
  retireIndex(collection: string, name: string): void;
  close(): Promise<void>;
}>;

type Options = Readonly<{
  /** the service's: its database is `<NAMESPACE>-<name>` */
  name: string;
  config: Readonly<{
    NAMESPACE: string;
    MONGO_URI: string;
    MONGO_INITIATE: boolean;
    MONGO_TIMEOUT_MS: number;
    MONGO_POOL_SIZE: number;
  }>;
  log: Logger;
  /** Called once when the server is unfit for the design; the process should end. */
  fail: (error: Error) => void;
  driver?: ConnectOptions | undefined;
}>;

const oldestServer = 6;

/** Opens the database at once; connecting and making the models' indexes goes on behind it. */
export function openDatabase(options: Options): Database {
  const { config, log } = options;
  const { MONGO_URI: uri, MONGO_TIMEOUT_MS: timeoutMs } = config;
  const name = `${config.NAMESPACE}-${options.name}`;
  const connection = mongoose.createConnection();
  const stopping = new AbortController();
  const retired: { collection: string; name: string }[] = [];
  let problem: string | undefined = 'not connected yet';

  const settings: ConnectOptions = {
    dbName: name,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    sanitizeFilter: true,
    maxPoolSize: config.MONGO_POOL_SIZE,
    serverSelectionTimeoutMS: Math.min(timeoutMs, 2_000),
    connectTimeoutMS: timeoutMs,
    // A silent open socket must not keep a request waiting.
    socketTimeoutMS: timeoutMs,
    waitQueueTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: 2_000,
    // A write that was interrupted is an answer (503) or another try of ours: every write here may be repeated.
    retryWrites: false,
    writeConcern: { w: 'majority', wtimeoutMS: timeoutMs },
    readConcern: { level: 'majority' },
    ...options.driver,
  };

  const opening = openForEver();

  async function openForEver(): Promise<void> {
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      try {
        if (connection.readyState === mongoose.ConnectionStates.disconnected)
          await connection.openUri(uri, settings);
        await assertUsable(connection);
        if (config.MONGO_INITIATE) await compareMembers(connection);
        for (const model of Object.values(connection.models)) await model.createIndexes();
        for (const index of retired) await dropIndex(connection, index);
        problem = undefined;
        log.info({ database: name }, 'database ready');
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof ConfigError) options.fail(error);
        problem = 'cannot connect or make indexes';
        const delayMs = backoff(tries, 250, 5_000);
        log.warn({ err: error, database: name, delayMs }, 'database not ready yet');
        if (config.MONGO_INITIATE) await initiate();
        await pause(delayMs, stopping.signal);
      }
    }
  }

  // A set that was initiated with fewer hosts keeps fewer copies than MONGO_URI lets one believe.
  async function compareMembers({ db }: Connection): Promise<void> {
    const hello = await db?.admin().command({ hello: 1 });
    const hosts = (hello?.['hosts'] ?? []) as string[];
    const missing = hostsIn(uri, options.driver).filter((host) => !hosts.includes(host));
    if (missing.length > 0)
      log.error({ database: name, missing, alarm: true }, 'hosts of MONGO_URI are not in its replica set');
  }

  async function initiate(): Promise<void> {
    try {
      if (await initiateReplicaSet(uri, options.driver))
        log.info({ database: name }, 'replica set initiated');
    } catch (error) {
      log.warn({ err: error, database: name }, 'replica set not initiated yet');
    }
  }

  return {
    connection,
    writeConcern: { w: 'majority', wtimeout: timeoutMs },
    problem: () =>
      problem ?? (connection.readyState === mongoose.ConnectionStates.connected ? undefined : 'disconnected'),
    retireIndex: (collection, name) => void retired.push({ collection, name }),
    async close() {
      stopping.abort();
      await opening;
      await connection.close();
    },
  };
}

async function dropIndex({ db }: Connection, { collection, name }: { collection: string; name: string }) {
  const there = (await db?.collection(collection).indexes()) ?? [];
  if (there.some((index) => index.name === name)) await db?.collection(collection).dropIndex(name);
}

// Unique partial indexes with `$in`, on which "one holder" stands, came with MongoDB 6.0.
async function assertUsable(connection: Connection): Promise<void> {
  const info = await connection.db?.admin().serverInfo();
  const version = String(info?.['version'] ?? '');
  if (Number.parseInt(version, 10) < oldestServer)
    throw new ConfigError(`MongoDB ${version} at MONGO_URI is too old: ${oldestServer}.0 or newer is needed`);
}
