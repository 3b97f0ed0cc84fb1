// The data folder of a system. Two systems with one folder would overwrite each other's data: Redis and NATS do not check.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const lockName = 'npm-start.pid';

/**
 * Reserves the folder until this process ends. With `fresh` it is emptied.
 * @throws Error if another process has it; nothing is deleted then
 */
export async function claimData(folder: string, { fresh }: Readonly<{ fresh: boolean }>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, lockName);
  const owner = await ownerOf(lock);
  if (owner !== undefined && isAlive(owner))
    throw new Error(
      `The data in ${folder} belongs to a running system (process ${owner}). Stop it, or choose another folder and other ports: TICKETING_DATA=${folder}-2 PORT=9080 npm start`,
    );
  // A process that was killed leaves its lock.
  if (owner !== undefined) await rm(lock, { force: true });
  await writeFile(lock, `${process.pid}`, { flag: 'wx' });
  process.once('exit', () => rmSync(lock, { force: true }));
  if (!fresh) return;
  for (const name of await readdir(folder))
    if (name !== lockName) await rm(join(folder, name), { recursive: true, force: true });
}

async function ownerOf(lock: string): Promise<number | undefined> {
  try {
    return Number(await readFile(lock, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  // A full disk leaves an empty lock. Process 0 would stand for this one.
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
