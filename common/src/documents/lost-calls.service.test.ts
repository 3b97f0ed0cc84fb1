// Every call to the database settles, also when its connection closes at the worst moment.

import mongoose, { type Connection } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { isOutage } from '../errors.js';
import { driver, testEnv } from '../testing/index.js';
import { endLostCalls } from './lost-calls.js';

const lost = Symbol('it never settles');
// A call is lost in one of these moments; the others show which ones the driver knows.
const moments = [...Array(15).keys()];

type Driver = Readonly<{
  once(event: 'connectionCheckedOut', listener: () => void): void;
  topology: { s: { servers: Map<string, { pool: { checkedOut: Set<{ onError(error: Error): void }> } }> } };
}>;

/** Closes the connection of the next call, as the driver does in an election, after this number of microtasks. */
function interruptNextCall(connection: Connection, microtasks: number): void {
  const client = connection.getClient() as unknown as Driver;
  const interrupt = () => {
    for (const { pool } of client.topology.s.servers.values())
      for (const used of pool.checkedOut)
        used.onError(Object.assign(new Error('interrupted'), { name: 'MongoNetworkError' }));
  };
  const wait = (left: number) => (left === 0 ? interrupt() : queueMicrotask(() => wait(left - 1)));
  client.once('connectionCheckedOut', () => wait(microtasks));
}

/** What a call ends with whose connection closes at each of the moments. */
async function endsOf(call: (connection: Connection) => Promise<unknown>, withSweep: boolean) {
  const connection = await mongoose.createConnection(testEnv()['MONGO_URI'] ?? '', driver).asPromise();
  const stop = withSweep ? endLostCalls(connection) : () => {};
  const ends: unknown[] = [];
  for (const moment of moments) {
    interruptNextCall(connection, moment);
    const ended = call(connection).catch((error: unknown) => error);
    ends.push(await Promise.race([ended, delay(3_000, lost, { ref: false })]));
  }
  stop();
  await connection.close(true);
  return ends;
}

describe.each([
  ['read', (connection: Connection) => connection.collection('things').findOne({})],
  ['command', (connection: Connection) => connection.db?.command({ ping: 1 }) ?? Promise.resolve()],
])('a %s whose connection closes while it begins', (_what, call) => {
  test('fails as an outage', async () => {
    const ends = await endsOf(call, true);
    expect(ends.map(isOutage)).toEqual(moments.map(() => true));
  });

  // If this fails because no call is lost, the driver is mended, and the sweep can go.
  test('never settles without the sweep', async () => {
    expect((await endsOf(call, false)).filter((end) => end === lost)).not.toEqual([]);
  });
});
