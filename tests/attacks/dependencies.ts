// Checks the packages that `npm ci` installs, here and in tests/generators: each has a digest and an allowed licence, comes by
// https, and runs no install script unless it is listed.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from './attack.js';

type Locked = Readonly<{
  link?: boolean;
  inBundle?: boolean;
  resolved?: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: boolean;
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}>;
export type Lockfile = Readonly<{ packages: Readonly<Record<string, Locked>> }>;

// Each script fetches or checks a native binary, except scarf's. It comes with swagger-ui-dist and reports installations;
// package.json disables that (scarfSettings).
const allowedInstallScripts = [
  '@parcel/watcher',
  '@scarf/scarf',
  '@swc/core',
  'esbuild',
  'msgpackr-extract',
  'unrs-resolver',
];

const licences = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'MPL-2.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

// Packages whose licence the lockfile does not name, with what their LICENSE says.
const licencesInText: Readonly<Record<string, string>> = { 'xmlhttprequest-ssl': 'MIT', reserved: 'MIT' };

// Of `A AND B` both must be allowed, of `A OR B` one.
const isAllowed = (license: string): boolean =>
  license
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((word) => licences.includes(word)));

/** @returns the faults of a lockfile, as text */
export function faultsIn({ packages }: Lockfile): string[] {
  const workspaces = Object.keys(packages).filter((path) => path !== '' && !path.includes('node_modules/'));
  return Object.entries(packages).flatMap(([path, locked]) => [
    ...dependencyFaults(path, locked),
    ...(path.includes('node_modules/') ? packageFaults(path, locked, workspaces) : []),
  ]);
}

function packageFaults(path: string, locked: Locked, workspaces: readonly string[]): string[] {
  const { link, inBundle, resolved, integrity, license, hasInstallScript } = locked;
  if (link) return workspaces.includes(resolved ?? '') ? [] : [`${path} is a link to ${resolved}`];
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const faults: string[] = [];
  // .npmrc omits registry URLs, so that any mirror works; the digest pins the content.
  if (resolved !== undefined && !resolved.startsWith('https://'))
    faults.push(`${path} comes from ${resolved}`);
  if (!inBundle && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))
    faults.push(`${path} has no sha512 digest`);
  if (hasInstallScript && !allowedInstallScripts.includes(name))
    faults.push(`${path} has an unlisted install script`);
  if (!isAllowed(license ?? licencesInText[name] ?? 'none'))
    faults.push(`${path} is under ${license ?? 'no licence'}`);
  return faults;
}

function dependencyFaults(path: string, locked: Locked): string[] {
  const wanted = { ...locked.dependencies, ...locked.devDependencies, ...locked.optionalDependencies };
  return Object.entries(wanted)
    .filter(([, range]) => /^(git|https?|github|file|bitbucket|gitlab|ssh)[:+]|^[\w-]+\/[\w.-]+/.test(range))
    .map(([name, range]) => `${path || 'the root'} depends on ${name} at ${range}`);
}

export const dependencies: Attack = {
  about: 'packages: digests, licences, install scripts and known vulnerabilities',
  async run(_world, { check, note }) {
    for (const folder of ['', 'tests/generators']) {
      const file = join(folder, 'package-lock.json');
      const lockfile = JSON.parse(readFileSync(join(root, file), 'utf8')) as Lockfile;
      for (const fault of faultsIn(lockfile)) check(false, `${file}: ${fault}`);
      const count = Object.keys(lockfile.packages).filter((path) => path.includes('node_modules/')).length;
      check(count > 100, `${file} names ${count} packages`);
      note(`${count} packages in ${file}`);
    }
    for (const vulnerability of await audit(root, note)) check(false, vulnerability);
  },
};

type Audit = Readonly<{
  vulnerabilities?: Readonly<Record<string, { severity: string; range: string }>>;
  message?: string;
  error?: { summary?: string };
}>;

/** Known vulnerabilities of production dependencies, moderate or worse. A registry without audits is noted, not a fault. */
async function audit(root: string, note: (line: string) => void): Promise<string[]> {
  const answer = await new Promise<string>((resolve) =>
    execFile('npm', ['audit', '--omit=dev', '--json'], { cwd: root, timeout: 60_000 }, (_error, stdout) =>
      resolve(stdout),
    ),
  );
  const { vulnerabilities, message, error } = JSON.parse(answer === '' ? '{}' : answer) as Audit;
  if (!vulnerabilities) {
    note(
      `npm audit: skipped, as this registry does not offer it (${message?.slice(0, 40) ?? error?.summary ?? 'no answer'})`,
    );
    return [];
  }
  const vulnerable = Object.entries(vulnerabilities).filter(([, { severity }]) =>
    ['moderate', 'high', 'critical'].includes(severity),
  );
  note(
    `npm audit: ${Object.keys(vulnerabilities).length} vulnerable packages, ${vulnerable.length} of them moderate or worse`,
  );
  return vulnerable.map(([name, { severity, range }]) => `${name} ${range} has a ${severity} vulnerability`);
}
