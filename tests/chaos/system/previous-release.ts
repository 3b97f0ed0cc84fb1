// Builds the previous release from the history of this checkout.

import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@ticketing/common/testing/servers';

const run = promisify(execFile);

/** The previous release until this history has a release tag: the last commit before the shop. */
const beforeTheFirstTag = '2b25b9daeed7d2390423b72337ac8a55710b78cb';

export type Release = Readonly<{ name: string; folder: string }>;

/** The history of this checkout does not reach back to the previous release. */
export class NoHistory extends Error {
  override readonly name = 'NoHistory';
}

/**
 * The newest release before this commit, or the given commit or tag. Builds it in `.data/previous`, unless it is there.
 * @throws NoHistory in a checkout that is shallow or has no history
 */
export async function previousRelease(
  wanted: string | undefined,
  say: (line: string) => void,
): Promise<Release> {
  const name = wanted ?? (await newestTag()) ?? beforeTheFirstTag;
  const commit = await commitOf(name);
  const builds = join(root, '.data', 'previous');
  const folder = join(builds, commit);
  if (await exists(folder)) return { name, folder };
  const begin = Date.now();
  await rm(builds, { recursive: true, force: true });
  const draft = join(builds, 'draft');
  await mkdir(draft, { recursive: true });
  await build(commit, draft);
  // Links between workspaces are relative.
  await rename(draft, folder);
  say(`built the previous release ${name} in ${Math.round((Date.now() - begin) / 1_000)} s`);
  return { name, folder };
}

/** The newest release of an earlier commit of this history. The tag of a release is on its commit, or on a child of it. */
async function newestTag(): Promise<string | undefined> {
  const listed = git('tag', '--list', 'v[0-9]*', '--no-contains', 'HEAD', '--sort=-version:refname');
  for (const tag of (await listed.catch(() => '')).split('\n').filter(Boolean)) {
    const isEarlier = await git('merge-base', '--is-ancestor', `${tag}^`, 'HEAD').then(
      () => true,
      () => false,
    );
    if (isEarlier) return tag;
  }
  return undefined;
}

async function commitOf(name: string): Promise<string> {
  try {
    return await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch (error) {
    throw new NoHistory(
      `The previous release, ${name}, is not in the history of this checkout. ` +
        'Run `git fetch --unshallow --tags` in a clone, or name a commit: npm run chaos -- upgrade --previous <commit>.',
      { cause: error },
    );
  }
}

async function git(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], { cwd: root });
  return stdout.trim();
}

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'];

/** Installs the packages of the lockfile of `commit`, as its images do, and builds the services that it has. */
async function build(commit: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  await git('archive', `--output=${archive}`, commit);
  await run('tar', ['--extract', '--file', archive, '--directory', folder]);
  await rm(archive);
  const found = await Promise.all(services.map((name) => exists(join(folder, name, 'package.json'))));
  const workspaces = ['common', ...services.filter((_, index) => found[index])];
  const install = [
    'ci',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    ...workspaces.map((name) => `--workspace=${name}`),
  ];
  await run('npm', install, { cwd: folder, maxBuffer: 1e8 });
  await run(process.execPath, [join(root, 'tools', 'build.mjs'), folder, ...workspaces]);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
