// Sends the commands of the services through the router of their shard, which targets shards as mongos does. A shard offers
// it under other names, and not for findAndModify: that one is checked here by the rule of mongos.

import { dirname } from 'node:path';

type Command = Readonly<Record<string, unknown>>;
type Connection = Readonly<{
  prototype: { command: (ns: { db: string }, command: Command, ...more: unknown[]) => unknown };
}>;

const routed: Readonly<Record<string, string>> = {
  insert: 'clusterInsert',
  update: 'clusterUpdate',
  delete: 'clusterDelete',
  find: 'clusterFind',
  aggregate: 'clusterAggregate',
  getMore: 'clusterGetMore',
};

/** From now on, and for all connections of mongoose. `isRouted` selects databases. Returns the number of commands by name. */
export function useRouter(isRouted: (database: string) => boolean): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const mongoose = dirname(require.resolve('mongoose/package.json'));
  const driver = require.resolve('mongodb/lib/cmap/connection.js', { paths: [mongoose] });
  // eslint-disable-next-line typescript/no-require-imports
  const { Connection } = require(driver) as { Connection: Connection };
  const { command: send } = Connection.prototype;
  Connection.prototype.command = function command(ns, document, ...more) {
    const [[name = '', of] = [], ...rest] = Object.entries(document);
    const other = isRouted(ns.db) ? routed[name] : undefined;
    if (isRouted(ns.db) && name === 'findAndModify') expectShardKey(document);
    if (other) counts.set(name, (counts.get(name) ?? 0) + 1);
    const sent = other ? { [other]: of, ...Object.fromEntries(rest) } : document;
    return send.call(this, ns, sent, ...more);
  };
  return counts;
}

/** The collections in which documents are found and modified are sharded by `_id`, or not at all. */
function expectShardKey({ query }: Command): void {
  const { _id } = (query ?? {}) as { _id?: unknown };
  if (typeof _id !== 'string')
    throw new Error(`findAndModify without its shard key: ${JSON.stringify(query)}`);
}
