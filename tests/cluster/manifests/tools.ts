// What other people's programs find wrong.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './variants.js';

/** What it printed, whatever it ended with: each of them fails when it finds something. */
function outputOf(program: string, args: readonly string[], input: string): unknown {
  const { stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? (stderr || stdout)}`);
  }
}

type Validated = { resources?: { kind: string; name: string; status: string; msg: string }[] };

/** Against the schemas of tests/cluster/schemas; an object that has none there is a fault. */
export function invalidObjects(kubeconform: string, yaml: string): string[] {
  const schemas = 'tests/cluster/schemas/{{.ResourceKind}}{{.KindSuffix}}.json';
  const { resources = [] } = outputOf(
    kubeconform,
    ['-strict', '-output', 'json', '-schema-location', schemas, '-'],
    yaml,
  ) as Validated;
  return resources.map(
    ({ kind, name, msg }) => `${kind} ${name}: ${msg.replace(/^[^]*?(at '|could not)/, '$1')}`,
  );
}

const critical = 1;
type Scored = {
  object_name: string;
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
};

/** Of kube-score, by object, without what is meant to be so. */
export function criticals(kubeScore: string, yaml: string, allowed: readonly string[]): string[] {
  const options = [
    // A limit would slow down who is busy while others are idle.
    '--ignore-container-cpu-limit',
    // It wants `Always`. As no tag moves (images.ts), a node need not ask the registry before it starts what it has.
    ...['container-image-pull-policy', ...allowed].flatMap((id) => ['--ignore-test', id]),
  ];
  const scored = outputOf(kubeScore, ['score', ...options, '--output-format', 'json', '-'], yaml) as Scored[];
  return scored.flatMap(({ object_name: path, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade === critical && !skipped)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ summary }) => `${basename(path)} ${check.id}: ${summary}`),
      ),
  );
}

type Problem = { filepath: string; line: number; message: string };

export const workflows = (): string[] =>
  readdirSync(join(root, '.github', 'workflows')).map((file) => join('.github', 'workflows', file));

/** Without shellcheck, which not every machine has. `-` is `text`. */
export function wrongWorkflows(actionlint: string, files: readonly string[], text = ''): string[] {
  const options = ['-shellcheck=', '-pyflakes=', '-no-color', '-format', '{{json .}}'];
  const problems = outputOf(actionlint, [...options, ...files], text) as Problem[];
  return problems.map(({ filepath, line, message }) => `${filepath}:${line} ${message}`);
}
