// How a service's commands are reached: as a program on this machine, or inside a pod of a cluster.

import { root } from '@ticketing/common/testing/servers';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Runs one command of one service; `onLine` gets what it prints. Resolves with how it ended. */
export type Reach = (
  service: string,
  words: readonly string[],
  onLine: (line: string) => void,
) => Promise<{ code: number; errors: string }>;

export function onThisMachine(env: NodeJS.ProcessEnv): Reach {
  return (service, words, onLine) =>
    run(process.execPath, [join(root, service, 'dist', 'main.js'), ...words], env, onLine);
}

/** By `kubectl exec` into the service's Deployment; whatever stands before its name goes to kubectl as it is. */
export function byKubectl(namespace: string | undefined, env: NodeJS.ProcessEnv): Reach {
  const where = namespace ? ['-n', namespace] : [];
  return (service, words, onLine) => {
    const inside = ['node', 'dist/main.js', ...words];
    return run('kubectl', [...where, 'exec', `deploy/${service}-depl`, '--', ...inside], env, onLine);
  };
}

async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<{ code: number; errors: string }> {
  const child = spawn(program, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', onLine);
  const read = new Promise((resolve) => lines.once('close', resolve));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  await read;
  return { code, errors: errors.trim() };
}
