// The MongoDB database of one service. It connects in the background and retries for ever; the service is unready until its
// indexes exist.

import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { ConfigError } from '../service/config.js';
import { backoff, pause } from '../bus/backoff.js';
import { DependencyDown } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import { grant, readWriteRoleOn } from './database-user.js';
import { createIndexes, type Indexes, type RetiredIndex } from './indexes.js';
import { endLostCalls } from './lost-calls.js';
import { hostsIn, initiateReplicaSet } from './replica-set.js';
import { assertSupported, UnfitServer } from './server-check.js';
import { createWriteCheck, type WriteCheck } from './write-check.js';

export type Database = Readonly<{
  connection: Connection;
  /** for every write that must survive a failover */
  writeConcern: Readonly<{ w: 'majority'; wtimeout: number }>;
  /** The clock of the primary, to the millisecond. @throws DependencyDown while disconnected */
  time(): Promise<Date>;
  /** what is missing, for `/readyz`; undefined when ready */
  problem(): string | undefined;
  /** Receives the errors of every write command, and detects a server that accepts no writes. */
  writeCheck: WriteCheck;
  /**
   * A step of a migration: runs at the start, after the current indexes exist and before retired ones are dropped. It must
   * be repeatable, also beside other processes and beside those of the previous release.
   */
  migrate(step: () => Promise<void>): void;
  /** Lists an index that only earlier releases declare. It is dropped by the release that the entry names, and later ones. */
  retireIndex(index: RetiredIndex): void;
  /**
   * Drops the retired index that this write error names, which a process of an older release has created again. Returns
   * false if the error names no retired index that may be dropped.
   */
  dropRefusing: Indexes['dropRefusing'];
  close(): Promise<void>;
}>;

type Options = Readonly<{
  /** of the service; its database is `<NAMESPACE>-<name>` */
  name: string;
  config: Readonly<{
    NAMESPACE: string;
    MONGO_URI: string;
    MONGO_INITIATE: boolean;
    MONGO_KEY?: string | undefined;
    MONGO_TIMEOUT_MS: number;
    MONGO_POOL_SIZE: number;
  }>;
  log: Logger;
  /** Called if the server cannot be used at all; the process should end. */
  fail: (error: Error) => void;
  driver?: ConnectOptions | undefined;
}>;

type Opening = Options &
  Readonly<{
    database: string;
    connection: Connection;
    indexes: Indexes;
    stopping: AbortSignal;
    setProblem: (problem: string | undefined) => void;
  }>;

/** Returns at once; connecting and creating the models' indexes continue in the background. */
export function openDatabase(options: Options): Database {
  const { NAMESPACE, MONGO_TIMEOUT_MS } = options.config;
  const connection = mongoose.createConnection();
  const stopping = new AbortController();
  const stopSweep = endLostCalls(connection);
  const indexes = createIndexes(connection);
  let problem: string | undefined = 'not connected yet';

  const name = `${NAMESPACE}-${options.name}`;
  const writeCheck = createWriteCheck(connection, name, options.log);
  const opened = openWithRetries({
    ...options,
    database: name,
    connection,
    indexes,
    stopping: stopping.signal,
    setProblem: (found) => (problem = found),
  });

  return {
    connection,
    writeConcern: { w: 'majority', wtimeout: MONGO_TIMEOUT_MS },
    time: () => timeOf(connection),
    problem: () => problem ?? (isConnected(connection) ? writeCheck.problem() : 'disconnected'),
    writeCheck,
    migrate: indexes.migrate,
    retireIndex: indexes.retire,
    dropRefusing: indexes.dropRefusing,
    async close() {
      stopping.abort();
      await opened;
      await connection.close();
      stopSweep();
    },
  };
}

async function timeOf(connection: Connection): Promise<Date> {
  if (!isConnected(connection)) throw new DependencyDown('database');
  const hello = await connection.db?.admin().command({ hello: 1 });
  return hello?.['localTime'] as Date;
}

const isConnected = ({ readyState }: Connection): boolean =>
  readyState === mongoose.ConnectionStates.connected;

async function openWithRetries(opening: Opening): Promise<void> {
  const { config, database, fail, log, setProblem, stopping } = opening;
  for (let tries = 1; !stopping.aborted; tries += 1) {
    try {
      await openOnce(opening);
      setProblem(undefined);
      log.info({ database }, 'database ready');
      return;
    } catch (error) {
      if (stopping.aborted) return;
      if (error instanceof ConfigError) fail(error);
      setProblem(error instanceof UnfitServer ? error.message : 'cannot connect or make indexes');
      const delayMs = backoff(tries, 250, 5_000);
      log.warn({ err: error, database, delayMs }, adviceOn(error));
      if (config.MONGO_INITIATE) await initiate(opening, isRefusal(error));
      await pause(delayMs, stopping);
    }
  }
}

const authenticationFailed = 18;
const unauthorized = 13;

function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === authenticationFailed || code === unauthorized;
}

function adviceOn(error: unknown): string {
  if (error instanceof UnfitServer) return error.message;
  return isRefusal(error)
    ? 'MongoDB refuses the user or the password in MONGO_URI'
    : 'database not ready yet';
}

async function openOnce(opening: Opening): Promise<void> {
  const { config, connection, driver, indexes, log } = opening;
  if (connection.readyState === mongoose.ConnectionStates.disconnected)
    await connection.openUri(config.MONGO_URI, settingsOf(opening));
  const { MONGO_URI: uri, MONGO_KEY: key } = config;
  const advice = await assertSupported({ connection, uri, key, driver });
  if (advice !== undefined) log.warn({ database: opening.database }, advice);
  if (config.MONGO_INITIATE) await compareMembers(opening);
  await indexes.prepare();
}

function settingsOf({ config, database, driver }: Opening): ConnectOptions {
  const { MONGO_POOL_SIZE, MONGO_TIMEOUT_MS: timeoutMs } = config;
  return {
    dbName: database,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    sanitizeFilter: true,
    maxPoolSize: MONGO_POOL_SIZE,
    serverSelectionTimeoutMS: Math.min(timeoutMs, 2_000),
    connectTimeoutMS: timeoutMs,
    // A silent open socket must not keep a request waiting.
    socketTimeoutMS: timeoutMs,
    waitQueueTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: 2_000,
    // An interrupted write is answered by 503 or retried by the service: every write here can be repeated.
    retryWrites: false,
    writeConcern: { w: 'majority', wtimeoutMS: timeoutMs },
    readConcern: { level: 'majority' },
    ...driver,
  };
}

// A set that was initiated with fewer hosts keeps fewer copies than MONGO_URI promises.
async function compareMembers({ config, connection, database, driver, log }: Opening): Promise<void> {
  const hello = await connection.db?.admin().command({ hello: 1 });
  const members = (hello?.['hosts'] ?? []) as string[];
  const missing = hostsIn(config.MONGO_URI, driver).filter((host) => !members.includes(host));
  if (missing.length > 0)
    log.error({ database, missing, alarm: true }, 'hosts of MONGO_URI are not in its replica set');
}

// A new server with access control has no users yet; an older one may know this user by an earlier password.
async function initiate({ config, database, driver, log }: Opening, isRefused: boolean): Promise<void> {
  const { MONGO_URI, MONGO_KEY } = config;
  try {
    if (await initiateReplicaSet(MONGO_URI, driver, MONGO_KEY))
      log.info({ database }, 'replica set initiated');
    if (!isRefused || MONGO_KEY === undefined) return;
    if (await grant(MONGO_URI, readWriteRoleOn(database), MONGO_KEY, driver))
      log.info({ database }, 'user of the database created or changed');
  } catch (error) {
    log.warn({ err: error, database }, 'replica set not initiated yet');
  }
}
