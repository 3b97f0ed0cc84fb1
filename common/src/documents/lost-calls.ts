// Ends calls to MongoDB that the driver has lost.
//
// Problem: mongodb 7.5 to 7.9 never settles a call whose connection closes after the call has begun and before the driver
// waits for the answer. None of its time limits applies, because the socket is destroyed already. The driver closes all
// connections in use when a server stops answering, so this happens in elections (docs/decisions/0051).
// Guarantee: such a call fails within two seconds with the error of its connection.

import type { Connection } from 'mongoose';

const sweepMs = 1_000;

/** The parts of the driver's connection that no type declares. */
type DriverConnection = Readonly<{
  closed: boolean;
  error: Error | null;
  socket: NodeJS.EventEmitter;
  /** present while a call waits for its answer */
  dataEvents: AsyncGenerator<unknown> | null;
}>;
type Pool = Readonly<{ checkedOut: ReadonlySet<DriverConnection> }>;
type Client = Readonly<{ topology?: { s: { servers: ReadonlyMap<string, { pool: Pool }> } } }>;

/** Every second, ends the calls on closed connections. Returns a function that stops this. */
export function endLostCalls(connection: Connection): () => void {
  const timer = setInterval(() => {
    const client = connection.getClient() as unknown as Client | null;
    for (const { pool } of client?.topology?.s.servers.values() ?? [])
      for (const used of pool.checkedOut) if (used.closed) endCall(used);
  }, sweepMs).unref();
  return () => clearInterval(timer);
}

// The call waits for the next answer, or for room in the socket's buffer.
function endCall({ socket, dataEvents, error }: DriverConnection): void {
  const closed = error ?? new Error('the connection is closed');
  void dataEvents?.throw(closed).catch(() => undefined);
  socket.emit('error', closed);
}
