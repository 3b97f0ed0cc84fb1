// Runs Schemathesis on docs/api/openapi.json: it generates valid and invalid requests, and checks every answer against the
// description. https://schemathesis.readthedocs.io

import { root } from '@ticketing/common/testing/servers';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attack } from './attack.js';
import type { Findings } from './findings.js';
import { descriptionFile } from './operations.js';

const version = '4.32.5';
const venv = join(homedir(), '.cache', 'ticketing', `schemathesis-${version}`);
const program = join(venv, 'bin', 'st');
const here = join(root, 'tests', 'attacks');

export const schemathesis: Attack = {
  about: 'generated requests, with every answer checked against the API description',
  async run({ gateway }, findings, long) {
    const missing = await install();
    if (missing !== undefined) {
      findings.check(false, `Schemathesis did not run: ${missing}`);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'ticketing-schemathesis-'));
    try {
      const report = join(folder, 'report.json');
      const seed = Number(process.env['SECURITY_SEED'] ?? Math.floor(Math.random() * 1e9));
      findings.note(`seed ${seed} (SECURITY_SEED=${seed} repeats this run)`);
      const output = await run(gateway, folder, [
        // The long form mostly waits: a command waits a second for an unknown object.
        ...(long ? ['--max-examples', '1000', '--workers', '8'] : ['--max-examples', '15']),
        '--seed',
        `${seed}`,
        '--report-json-path',
        report,
      ]);
      if (existsSync(report)) count(JSON.parse(readFileSync(report, 'utf8')) as Report, findings);
      else findings.check(false, 'Schemathesis ended without a report');
      if (findings.found().length > 0) findings.note(output.slice(-20_000));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

type Counted = Readonly<{ title: string; count?: number; operations?: readonly string[] }>;
type Report = Readonly<{
  complete: boolean;
  operations: Readonly<{ selected: number; tested: number }>;
  phases: Readonly<Record<string, Readonly<{ status: string }>>>;
  test_cases: Readonly<{ generated: number }>;
  failures: readonly Counted[];
  errors: readonly Counted[];
}>;

function count(report: Report, { check, note }: Findings): void {
  const { operations, test_cases: cases, phases, failures, errors } = report;
  note(`${operations.tested} operations, ${cases.generated} requests, in ${Object.keys(phases).join(', ')}`);
  check(report.complete && operations.tested === operations.selected, 'some operations were not tested');
  for (const phase of ['examples', 'coverage', 'fuzzing', 'stateful'])
    check(
      ['success', 'failure', 'error'].includes(phases[phase]?.status ?? ''),
      `the phase ${phase} did not run`,
    );
  for (const { title, operations: where = [] } of [...failures, ...errors])
    check(false, `${title} ${where.join(', ')}`.trim());
}

/** @returns why the installation fails */
async function install(): Promise<string | undefined> {
  if (existsSync(program)) return undefined;
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', venv]],
    [join(venv, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${version}`]],
  ];
  for (const [command, args] of steps) {
    const problem = await new Promise<string | undefined>((resolve) =>
      execFile(command, args, { timeout: 300_000 }, (error, _stdout, stderr) =>
        resolve(
          error
            ? `${command} ${args.join(' ')}: ${(stderr || error.message).trim().split('\n').at(-1)}`
            : undefined,
        ),
      ),
    );
    if (problem !== undefined) {
      rmSync(venv, { recursive: true, force: true });
      return `Schemathesis ${version} cannot be installed (it needs Python 3.10 with venv, and PyPI): ${problem}`;
    }
  }
  return undefined;
}

function run(gateway: string, cwd: string, args: readonly string[]): Promise<string> {
  const all = [
    '--config-file',
    join(here, 'schemathesis.toml'),
    'run',
    descriptionFile,
    '--url',
    gateway,
    ...args,
  ];
  const env = {
    ...process.env,
    TICKETING_URL: gateway,
    SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
    PYTHONPATH: here,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const child = spawn(program, all, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', () => resolve(output)));
}
