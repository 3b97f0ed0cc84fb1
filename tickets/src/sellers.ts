// The collection of sellers, and the query for those of a page.

import { batch } from '@ticketing/common/documents';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, type mongo } from 'mongoose';
import type { Config } from './config.js';
import type { Seller } from './domain/seller.js';

type Stored = Omit<Seller, 'id'> & Readonly<{ _id: string }>;

export function openSellers({ collection, config }: Base<Config> & Mongodb) {
  const sellers = collection<Seller>({
    name: 'seller',
    schema: new Schema({ name: String, deleted: Boolean }),
  });
  const native = sellers.model.collection as unknown as mongo.Collection<Stored>;
  const options = { projection: { version: 1, name: 1 }, maxTimeMS: config.MONGO_TIMEOUT_MS };

  return {
    ...sellers,

    /**
     * The sellers with these ids. The calls of one event-loop turn share a query, and the result has the sellers of all of
     * them. Nothing is cached: another process may have removed a name.
     */
    findMany: batch<readonly string[], ReadonlyMap<string, Seller>>(async (lists) => {
      const ids = [...new Set(lists.flat())];
      const found = await native.find({ _id: { $in: ids } }, options).toArray();
      const byId = new Map(found.map(({ _id: id, version, name }) => [id, { id, version, name }]));
      return lists.map(() => byId);
    }),
  };
}
