// The networks from which an account has signed in during the last 30 days. Failures from other networks do not lock
// out the owner at these.

import { hashOf, type Database } from '@ticketing/common/documents';
import type { Base } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import { knownSeconds } from './domain/sign-in-limit.js';

const schema = new Schema({ _id: String, until: Date }, { versionKey: false });
schema.index({ until: 1 }, { expireAfterSeconds: 0 });

export type KnownNetworks = ReturnType<typeof openKnownNetworks>;

export function openKnownNetworks(database: Database, { now }: Base<Config>) {
  const model = database.connection.model<{ _id: string; until: Date }>('known', schema, 'knownNetworks');
  const idOf = (account: string, network: string) => hashOf(`${account} at ${network}`);

  return {
    model,

    async has(account: string, network: string): Promise<boolean> {
      const found = await model.findById(idOf(account, network)).lean();
      return found !== null && found.until > now();
    },

    async remember(account: string, network: string): Promise<void> {
      const until = new Date(now().getTime() + knownSeconds * 1_000);
      await model.updateOne({ _id: idOf(account, network) }, { $set: { until } }, { upsert: true });
    },
  };
}
