// mongosh mongodb://<mongos> infra/mongo-sharding.js: shards the collections that grow with the orders (docs/operations.md).
// SERVICE names the only service whose collections are in this cluster. It may run again. Collections that are not named stay
// on the primary shard of their database, and auth stays one set.

const { NAMESPACE: namespace = 'ticketing', SERVICE: only } = process.env;
const byId = { _id: 'hashed' };

const shardKeys = {
  // All unique indexes begin with the seller.
  'orders.orders': { 'ticket.sellerId': 1 },
  'orders.tickets': byId,
  'orders.idempotencyKeys': byId,
  'tickets.tickets': byId,
  // Counted by ticket.
  'tickets.holdings': { ticketId: 'hashed' },
  'tickets.idempotencyKeys': byId,
  'payments.payments': byId,
  'payments.idempotencyKeys': byId,
  'notifications.notices': byId,
  'notifications.orders': byId,
};

for (const [name, key] of Object.entries(shardKeys)) {
  const [service, collection] = name.split('.');
  if (only !== undefined && only !== service) continue;
  const database = `${namespace}-${service}`;
  // No other index is complete: MongoDB cannot use a partial one for the shard key.
  db.getSiblingDB(database).getCollection(collection).createIndex(key);
  sh.shardCollection(`${database}.${collection}`, key);
}
