// Runs a command of a service: as a process on this machine, or in a pod of a cluster.
import { root } from '@ticketing/common/testing/servers';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Print = (line: string) => void;

/** Calls `onLine` for each line of standard output; `errors` holds standard error. */
export type RunCommand = (
  service: string,
  args: readonly string[],
  onLine: (line: string) => void,
) => Promise<{ code: number; errors: string }>;

/** Runs the service's own program with the environment of the service. */
export function localRunner(envOf: (service: string) => NodeJS.ProcessEnv): RunCommand {
  return (service, args, onLine) =>
    run(process.execPath, [join(root, service, 'dist', 'main.js'), ...args], envOf(service), onLine);
}

/** Runs `kubectl exec` on the service's Deployment. Without a namespace, kubectl's current one applies. */
export function kubectlRunner(namespace: string | undefined, env: NodeJS.ProcessEnv): RunCommand {
  const options = namespace ? ['-n', namespace] : [];
  return (service, args, onLine) => {
    const command = ['node', 'dist/main.js', ...args];
    return run('kubectl', [...options, 'exec', `deploy/${service}-depl`, '--', ...command], env, onLine);
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
  const outputRead = new Promise((resolve) => lines.once('close', resolve));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  await outputRead;
  return { code, errors: errors.trim() };
}

/** The JSON lines of several services, and the messages of those that failed. */
export type Answers<T> = Readonly<{ items: readonly T[]; failures: readonly string[] }>;

/** Runs one command in several services at once. A service that fails does not hide what the others print. */
export async function askServices<T>(
  runCommand: RunCommand,
  services: readonly string[],
  args: readonly string[],
): Promise<Answers<T>> {
  const answers = await Promise.allSettled(
    services.map((service) => readJsonLines<T>(runCommand, service, args)),
  );
  return {
    items: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    failures: answers.flatMap((answer) =>
      answer.status === 'rejected' ? [(answer.reason as Error).message] : [],
    ),
  };
}

/**
 * Runs a command that prints one JSON object a line.
 * @throws Error with the service's own message when the command fails
 */
export async function readJsonLines<T>(
  runCommand: RunCommand,
  service: string,
  args: readonly string[],
): Promise<T[]> {
  const items: T[] = [];
  const { code, errors } = await runCommand(service, args, (line) => items.push(JSON.parse(line) as T));
  if (code !== 0) throw new Error(`${service}: ${errors}`);
  return items;
}
