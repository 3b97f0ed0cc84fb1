// A sharded MongoDB: a config server and two shards. No package registry offers mongos, so this file sends the commands that
// mongos would send, and uses the router that every shard contains.

import { mkdtemp, rm } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@ticketing/common/testing';
import {
  findProgram,
  freePort,
  listens,
  recipes,
  serving,
  startChild,
} from '@ticketing/common/testing/servers';
import { MongoClient, type Document } from 'mongodb';

export const shards = ['shard0', 'shard1'] as const;
export type Shard = (typeof shards)[number];
export type ShardedMongodb = Awaited<ReturnType<typeof startShardedMongodb>>;

const majority = { writeConcern: { w: 'majority' } };

/** Starts the servers. Services may use the first shard as an ordinary set until `addShards`. */
export async function startShardedMongodb() {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-shards-'));
  const config = await startSet('config', '--configsvr', folder);
  const [shard0, shard1] = await Promise.all(shards.map((name) => startSet(name, '--shardsvr', folder)));
  if (!shard0 || !shard1) throw new Error('a shard is missing');
  const sets = { shard0, shard1 };
  const databaseOf = async (name: string) =>
    config.client.db('config').collection<Document & { _id: string }>('databases').findOne({ _id: name });

  return {
    uri: shard0.uri,
    at: (shard: Shard) => sets[shard].client,

    /** As `sh.addShard`: the databases that exist become those of their shard. */
    async addShards(): Promise<void> {
      for (const name of shards)
        await config.admin({ _configsvrAddShard: `${name}/${sets[name].host}`, name, ...majority });
    },

    /** As `sh.shardCollection`. @throws MongoServerError if MongoDB does not accept the key */
    async shardCollection(database: string, collection: string, shardKey: Document): Promise<void> {
      const version = (await databaseOf(database))?.['version'] as unknown;
      const command = { _shardsvrCreateCollection: collection, shardKey, databaseVersion: version };
      await shard0.client.db(database).command({ ...command, ...majority });
    },

    async stop(): Promise<void> {
      await Promise.all([config, shard0, shard1].map((set) => set.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startSet(name: string, role: string, folder: string) {
  const found = await findProgram([recipes.mongo], () => undefined);
  const [port, dir] = [await freePort(), await mkdtemp(join(folder, `${name}-`))];
  const host = `127.0.0.1:${port}`;
  const args = recipes.mongo
    .args({ host: '127.0.0.1', port, dir })
    .map((arg) => (arg === 'rs0' ? name : arg));
  const child = startChild({ name, program: found.path, args: [...args, role] });
  await serving(child, () => listens(port));
  const client = await new MongoClient(`mongodb://${host}/?directConnection=true`, {
    runtimeAdapters: { os },
  } as never).connect();
  const admin = (command: Document) => client.db('admin').command(command);
  const members = [{ _id: 0, host }];
  await admin({
    replSetInitiate: { _id: name, members, ...(role === '--configsvr' && { configsvr: true }) },
  });
  await eventually(async () => expect(await admin({ hello: 1 })).toMatchObject({ isWritablePrimary: true }));
  // A new shard otherwise starts without the features of this version, such as `$in` in partial indexes.
  const [major] = (await admin({ buildInfo: 1 }))['versionArray'] as [number];
  if (role === '--shardsvr')
    await admin({ setFeatureCompatibilityVersion: `${major}.0`, ...(major > 6 && { confirm: true }) });
  return {
    ...{ client, admin, host, uri: `mongodb://${host}/?replicaSet=${name}` },
    async stop() {
      await client.close();
      await child.stop(0);
    },
  };
}
