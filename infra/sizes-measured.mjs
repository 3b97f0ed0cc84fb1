// The cost of one paid purchase of a separate ticket, measured by `npm run bench -- sizes 600` (docs/performance.md). The sizes
// of all installations follow from these figures.

export const measured = {
  bus: {
    bytes: 4_519,
    messages: 6,
    subjects: 5,
    /** resident bytes of nats-server for one more subject */
    memoryPerSubject: 272,
    memoryAtRest: 64 * 2 ** 20,
    cpuMs: 2.2,
  },
  /**
   * By the service that owns the database: bytes of documents and indexes, on disk and in the cache of mongod. The CPU time of
   * one mongod with all databases is divided by their entries in the oplog.
   */
  stores: {
    auth: { onDisk: 192, inCache: 279, oplogOnDisk: 26, cpuMs: 0.3 },
    tickets: { onDisk: 2_717, inCache: 3_825, oplogOnDisk: 1_106, cpuMs: 2.7 },
    orders: { onDisk: 1_324, inCache: 2_130, oplogOnDisk: 805, cpuMs: 2.3 },
    payments: { onDisk: 717, inCache: 1_653, oplogOnDisk: 621, cpuMs: 1.7 },
    notifications: { onDisk: 1_700, inCache: 4_432, oplogOnDisk: 1_382, cpuMs: 4.7 },
  },
  /** CPU ms of each service */
  services: { auth: 0.8, tickets: 5.6, orders: 6.9, expiration: 1.3, payments: 6.9, notifications: 8.6 },
};
