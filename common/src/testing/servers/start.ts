// Starts a server and waits until it serves.

import { mkdir } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type Child } from '../child.js';
import { findServer, type Found } from './find.js';
import { recipes, type Place, type Recipe } from './recipes.js';
import { advanceReplicaSetSetup, type MongoAccess } from './replica-set.js';

export type ServerName = keyof typeof recipes;

/** The server that `EVENT_BUS` selects. */
export const busServer = (): 'nats' | 'nats-streaming' =>
  process.env['EVENT_BUS'] === 'nats-streaming' ? 'nats-streaming' : 'nats';

export type Server = Readonly<{ url: string; from: string; child?: Child }>;

type Options = Pick<Place, 'settings'> &
  Readonly<{
    port: number;
    dir: string;
    say: (line: string) => void;
    access?: MongoAccess | undefined;
  }>;

const host = '127.0.0.1';
const readyWithinMs = 180_000;

const urls: Readonly<Record<ServerName, (port: number) => string>> = {
  mongo: (port) => `mongodb://${host}:${port}/?replicaSet=rs0`,
  nats: (port) => `nats://${host}:${port}`,
  'nats-streaming': (port) => `nats://${host}:${port}`,
  redis: (port) => `redis://${host}:${port}`,
};

/** The URL of the server: from the environment, or of a local one on this port. */
export function urlOf(name: ServerName, port: number): string {
  return process.env[recipes[name].urlVariable] || urls[name](port);
}

/** Returns the server that the environment names, or starts one on `port` with its data in `dir`. */
export async function startServer(name: ServerName, options: Options): Promise<Server> {
  const { urlVariable } = recipes[name];
  const given = process.env[urlVariable];
  return given ? { url: given, from: urlVariable } : startOwnServer(name, options);
}

/** Starts a server of the caller's own, which the caller may stop, break and start again. */
export async function startOwnServer(
  name: ServerName,
  { port, dir, say, settings, access }: Options,
): Promise<Server & { child: Child }> {
  const recipe = recipeFor(name, settings);
  const found = await findServer(recipe, say);
  await mkdir(dir, { recursive: true });
  const child = await launch(recipe, found, { host, port, dir, settings });
  await serving(child, () => (name === 'mongo' ? isSetOfOne(port, access) : listens(port)));
  return {
    url: urls[name](port),
    from: found.how === 'program' ? found.path : `${found.engine} ${recipe.image}`,
    child,
  };
}

function recipeFor(name: ServerName, settings: string | undefined): Recipe {
  const recipe = recipes[name];
  return settings === undefined ? recipe : { ...recipe, floor: recipe.floorWithSettings ?? recipe.floor };
}

async function launch(recipe: Recipe, found: Found, place: Place): Promise<Child> {
  if (found.how === 'program') {
    await recipe.prepare?.(place, place.dir);
    return startChild({ name: recipe.name, program: found.path, args: recipe.args(place), env: process.env });
  }
  const { port, dir } = place;
  const inside = { ...place, host: '0.0.0.0', port, dir: '/data' };
  await recipe.prepare?.(inside, dir);
  const args = [
    ...['run', '--rm', '--init', '--entrypoint', recipe.name],
    ...['-p', `${host}:${port}:${port}`, '-v', `${dir}:/data`],
    ...[recipe.image, ...recipe.args(inside)],
  ];
  return startChild({ name: recipe.name, program: found.engine, args, env: process.env });
}

/**
 * Resolves when `ready` returns true.
 * @throws Error with the child's last lines when the child ends, or is not ready after three minutes; the child is then stopped
 */
export async function serving(child: Child, ready: () => Promise<boolean>): Promise<void> {
  const over = new AbortController();
  void child.ended.then((how) => over.abort(`ended: ${how}`));
  const late = setTimeout(() => over.abort(`is not ready after ${readyWithinMs / 1_000} s`), readyWithinMs);
  try {
    for (; !over.signal.aborted; await delay(50)) if (await ready()) return;
  } finally {
    clearTimeout(late);
  }
  await child.stop();
  throw new Error(`${child.name} ${over.signal.reason}\n${child.tail().join('\n')}`);
}

export async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ port, host }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const isSetOfOne = async (port: number, access?: MongoAccess): Promise<boolean> =>
  (await listens(port)) && advanceReplicaSetSetup([`${host}:${port}`], access);
