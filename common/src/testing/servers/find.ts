// Finds a server: a recent program on PATH, a container engine, or an installation. The reasons of failed attempts are
// collected for the final error message.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Program, Recipe } from './recipes.js';
import { atLeast, versionIn } from './version.js';

const run = promisify(execFile);

export type Found = Readonly<
  { how: 'program'; path: string; version: string } | { how: 'container'; engine: string }
>;

/** The folder of installed servers, shared by all clones. */
export function serversFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['TICKETING_SERVERS_DIR'] ?? join(cache, 'ticketing', 'servers');
}

/** @throws Error that lists every attempt and why it failed */
export async function findServer(recipe: Recipe, say: (line: string) => void): Promise<Found> {
  const reasons: string[] = [];
  const found =
    (await programOnPath(recipe, reasons)) ??
    (await containerEngine(reasons)) ??
    (await install(recipe, reasons, say));
  if (found) return found;
  throw new Error(
    `${recipe.name} ${recipe.floor} or newer is needed. Install it on PATH, or start a container engine, ` +
      `or set ${recipe.urlVariable} to the URL of a running server. Tried:\n${listed(reasons)}`,
  );
}

/**
 * The first of these programs that is on PATH; otherwise the first that can be installed.
 * @throws Error that lists every attempt and why it failed
 */
export async function findProgram<P extends Program>(
  programs: readonly P[],
  say: (line: string) => void,
): Promise<Readonly<{ program: P; path: string }>> {
  const reasons: string[] = [];
  for (const find of [programOnPath, install])
    for (const program of programs) {
      const found = await find(program, reasons, say);
      if (found?.how === 'program') return { program, path: found.path };
    }
  throw new Error(
    `${programs.map(nameAndFloor).join(', or ')} is needed on PATH. Tried:\n${listed(reasons)}`,
  );
}

const nameAndFloor = ({ name, floor }: Program) => (floor === '0' ? name : `${name} ${floor} or newer`);

const listed = (reasons: readonly string[]) => reasons.map((reason) => `  - ${reason}`).join('\n');

async function containerEngine(reasons: string[]): Promise<Found | undefined> {
  for (const engine of ['docker', 'podman']) {
    if (await succeeds(engine, ['info'])) return { how: 'container', engine };
    reasons.push(`${engine}: not available`);
  }
  return undefined;
}

async function install(
  program: Program,
  reasons: string[],
  say: (line: string) => void,
): Promise<Found | undefined> {
  for (const { description, version, install: installInto } of program.installs) {
    if (version !== undefined && !atLeast(version, program.floor)) {
      reasons.push(`${description}: version ${version} is too old`);
      continue;
    }
    try {
      say(`${program.name} is not installed; trying: ${description}`);
      const folder = serversFolder();
      await mkdir(folder, { recursive: true });
      const path = await timed(program.name, say, () => installInto(folder));
      const found = path === undefined ? await programOnPath(program, []) : await checked(program, path, []);
      if (found) return found;
      reasons.push(`${description}: the installed program does not run or is too old`);
    } catch (error) {
      reasons.push(`${description}: ${firstLine(error)}`);
    }
  }
  return undefined;
}

/** Says every ten seconds, and at the end, how long the installation takes. */
async function timed<T>(name: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1_000);
  const timer = setInterval(() => say(`${name} is being installed: ${seconds()} s`), 10_000);
  try {
    const result = await work();
    say(`${name} is installed: ${seconds()} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

async function programOnPath(program: Program, reasons: string[]): Promise<Found | undefined> {
  const given = program.name === 'mongod' ? process.env['MONGOMS_SYSTEM_BINARY'] : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), serversFolder()];
  for (const path of [...(given ? [given] : []), ...folders.map((folder) => join(folder, program.name))]) {
    const found = await checked(program, path, reasons);
    if (found) return found;
  }
  reasons.push(`PATH: no ${nameAndFloor(program)}`);
  return undefined;
}

async function checked(program: Program, path: string, reasons: string[]): Promise<Found | undefined> {
  try {
    const { stdout, stderr } = await run(path, [...program.versionArgs]);
    const version = versionIn(stdout || stderr) ?? '0';
    if (atLeast(version, program.floor)) return { how: 'program', path, version };
    reasons.push(`${path}: version ${version} is too old`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reasons.push(`${path}: ${firstLine(error)}`);
  }
  return undefined;
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, [...args], { timeout: 5_000, env: process.env }).then(
    () => true,
    () => false,
  );
}

function firstLine(error: unknown): string {
  const { stderr, message, code } = error as { stderr?: string; message?: string; code?: string };
  if (code === 'ENOENT') return 'its program is not installed';
  const text = stderr?.trim() || message || String(error);
  return text.trim().split('\n').at(-1)?.trim() ?? text;
}
