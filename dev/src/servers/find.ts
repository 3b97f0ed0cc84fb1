// Where a server comes from: a program on PATH that is new enough, a container engine, or what the platform can install.
// Whatever is not possible is remembered with its reason, so that the last word is a message that helps.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Recipe } from './recipes.js';
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
  const onPath = await programOnPath(recipe, reasons);
  if (onPath) return onPath;
  for (const engine of ['docker', 'podman']) {
    if (await works(engine, ['info'])) return { how: 'container', engine };
    reasons.push(`${engine}: no engine answers`);
  }
  for (const { what, into } of recipe.installs) {
    try {
      say(`${recipe.name} is not here; trying: ${what}`);
      const folder = serversFolder();
      await mkdir(folder, { recursive: true });
      const path = await into(folder);
      const found = path === undefined ? await programOnPath(recipe, []) : await checked(recipe, path, []);
      if (found) return found;
      reasons.push(`${what}: what it brought does not run, or is too old`);
    } catch (error) {
      reasons.push(`${what}: ${firstLine(error)}`);
    }
  }
  throw new Error(
    `${recipe.name} ${recipe.floor} or newer is needed. Install it so that it is on PATH, or start a container engine, ` +
      `or set ${recipe.urlVariable} to one that runs. Tried:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
  );
}

async function programOnPath(recipe: Recipe, reasons: string[]): Promise<Found | undefined> {
  const given = recipe.name === 'mongod' ? process.env['MONGOMS_SYSTEM_BINARY'] : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), serversFolder()];
  for (const path of [...(given ? [given] : []), ...folders.map((folder) => join(folder, recipe.name))]) {
    const found = await checked(recipe, path, reasons);
    if (found) return found;
  }
  reasons.push(`PATH: no ${recipe.name} that is new enough`);
  return undefined;
}

async function checked(recipe: Recipe, path: string, reasons: string[]): Promise<Found | undefined> {
  try {
    const { stdout, stderr } = await run(path, [...recipe.versionArgs]);
    const version = versionIn(stdout || stderr) ?? '0';
    if (atLeast(version, recipe.floor)) return { how: 'program', path, version };
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
  return text.split('\n').findLast((line) => line.trim() !== '') ?? text;
}
