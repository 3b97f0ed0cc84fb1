// Where a server comes from: a program on PATH that is new enough, a container engine, or what the platform can install.
// Whatever is not possible is remembered with its reason, so that the last word is a message that helps.

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

/** Servers that we installed are kept here, for all clones. */
export function serversFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['TICKETING_SERVERS_DIR'] ?? join(cache, 'ticketing', 'servers');
}

/** @throws Error that names every way there is, and why it does not work here */
export async function findServer(recipe: Recipe, say: (line: string) => void): Promise<Found> {
  const reasons: string[] = [];
  const found =
    (await programOnPath(recipe, reasons)) ??
    (await containerEngine(reasons)) ??
    (await install(recipe, reasons, say));
  if (found) return found;
  throw new Error(
    `${recipe.name} ${recipe.floor} or newer is needed. Install it so that it is on PATH, or start a container engine, ` +
      `or set ${recipe.urlVariable} to one that runs. Tried:\n${listed(reasons)}`,
  );
}

/**
 * The first of these programs that there is; the last ones may be installed.
 * @throws Error that names every way there is, and why it does not work here
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
  throw new Error(`${programs.map(named).join(', or ')} is needed on PATH. Tried:\n${listed(reasons)}`);
}

const named = ({ name, floor }: Program) => (floor === '0' ? name : `${name} ${floor} or newer`);

const listed = (reasons: readonly string[]) => reasons.map((reason) => `  - ${reason}`).join('\n');

async function containerEngine(reasons: string[]): Promise<Found | undefined> {
  for (const engine of ['docker', 'podman']) {
    if (await works(engine, ['info'])) return { how: 'container', engine };
    reasons.push(`${engine}: no engine answers`);
  }
  return undefined;
}

async function install(
  program: Program,
  reasons: string[],
  say: (line: string) => void,
): Promise<Found | undefined> {
  for (const { what, into } of program.installs) {
    try {
      say(`${program.name} is not here; trying: ${what}`);
      const folder = serversFolder();
      await mkdir(folder, { recursive: true });
      const path = await into(folder);
      const found = path === undefined ? await programOnPath(program, []) : await checked(program, path, []);
      if (found) return found;
      reasons.push(`${what}: what it brought does not run, or is too old`);
    } catch (error) {
      reasons.push(`${what}: ${firstLine(error)}`);
    }
  }
  return undefined;
}

async function programOnPath(program: Program, reasons: string[]): Promise<Found | undefined> {
  const given = program.name === 'mongod' ? process.env['MONGOMS_SYSTEM_BINARY'] : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), serversFolder()];
  for (const path of [...(given ? [given] : []), ...folders.map((folder) => join(folder, program.name))]) {
    const found = await checked(program, path, reasons);
    if (found) return found;
  }
  reasons.push(`PATH: no ${named(program)}`);
  return undefined;
}

async function checked(program: Program, path: string, reasons: string[]): Promise<Found | undefined> {
  try {
    const { stdout, stderr } = await run(path, [...program.versionArgs]);
    const version = versionIn(stdout || stderr) ?? '0';
    if (atLeast(version, program.floor)) return { how: 'program', path, version };
    reasons.push(`${path} is ${version}, too old`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reasons.push(`${path}: ${firstLine(error)}`);
  }
  return undefined;
}

async function works(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, [...args], { timeout: 5_000, env: process.env }).then(
    () => true,
    () => false,
  );
}

function firstLine(error: unknown): string {
  const { stderr, message, code } = error as { stderr?: string; message?: string; code?: string };
  if (code === 'ENOENT') return 'the program for it is not here';
  const text = stderr?.trim() || message || String(error);
  return text.trim().split('\n').at(-1)?.trim() ?? text;
}
