// Runs kubectl on the cluster of KUBECONFIG.

import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

let namespace: string | undefined;

/** Sets the namespace of the system under test. */
export function useNamespace(name: string): void {
  namespace = name;
}

/** @throws Error if none is set: kubectl's own could be that of another system */
export function currentNamespace(): string {
  if (!namespace) throw new Error('No namespace is set.');
  return namespace;
}

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

/** Runs kubectl in the namespace of the system. */
export async function inside(...words: readonly string[]): Promise<string> {
  return (await kubectl(['-n', currentNamespace(), ...words])).out.trim();
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
  const child = spawn('kubectl', ['-n', currentNamespace(), 'port-forward', to, `:${port}`], {
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
