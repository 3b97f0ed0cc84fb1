// Runs kubectl on the cluster of KUBECONFIG.

import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const namespace = ['-n', 'ticketing'];

type Given = Readonly<{ input?: string }>;

/** @throws Error with kubectl's error output */
export async function kubectl(
  words: readonly string[],
  { input }: Given = {},
): Promise<{ out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile('kubectl', [...words], { maxBuffer: 256e6 }, (error, out, err) =>
      error
        ? reject(new Error(`kubectl ${words.join(' ')}: ${err.trim() || error.message}`))
        : resolve({ out, err }),
    );
    child.stdin?.end(input);
  });
}

/** Runs kubectl in the namespace `ticketing`. */
export async function inside(...words: readonly string[]): Promise<string> {
  return (await kubectl([...namespace, ...words])).out.trim();
}

export async function names(kind: string, selector?: string): Promise<string[]> {
  const out = await inside('get', kind, ...(selector ? ['-l', selector] : []), '-o', 'name');
  return out.split('\n').filter((name) => name !== '');
}

export async function json<T>(...words: readonly string[]): Promise<T> {
  return JSON.parse(await inside(...words, '-o', 'json')) as T;
}

/** Waits until the rollout of a Deployment or StatefulSet is complete. */
export const rolledOut = (name: string, seconds = 300) =>
  inside('rollout', 'status', name, `--timeout=${seconds}s`);

export type Forward = Readonly<{ port: number; stop: () => void }>;

/** Forwards a free local port to a port in the cluster. */
export async function forward(to: string, port: number): Promise<Forward> {
  const child = spawn('kubectl', [...namespace, 'port-forward', to, `:${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const [, local] = /127\.0\.0\.1:(\d+) ->/.exec(line) ?? [];
      if (local) resolve({ port: Number(local), stop: () => child.kill() });
    });
    child.once('close', () => reject(new Error(`The port forward to ${to} failed: ${errors.join('')}`)));
  });
}
