// The faults that kubeconform, kube-linter, kube-score and actionlint find.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './variants.js';

/** Parses the program's output and ignores its exit code, which is not 0 when it finds a fault. */
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

/** Checks objects against the schemas in tests/cluster/schemas. An object without a schema is a fault. */
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

type Linted = {
  Reports:
    | { Check: string; Diagnostic: { Message: string }; Object: { K8sObject: { Name: string } } }[]
    | null;
};

/** kube-linter's findings by kube-linter.yaml, sorted. */
export function lintFaults(kubeLinter: string, yaml: string): string[] {
  const config = 'tests/cluster/manifests/kube-linter.yaml';
  const { Reports } = outputOf(
    kubeLinter,
    ['lint', '--config', config, '--format', 'json', '-'],
    yaml,
  ) as Linted;
  return (Reports ?? [])
    .map(({ Check, Diagnostic, Object: { K8sObject } }) => {
      const message = Diagnostic.Message.replace('CEL check expression returned: ', '').replace(
        / Please use images .*/,
        '',
      );
      return `${K8sObject.Name} ${Check}: ${message}`;
    })
    .toSorted();
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

/** kube-score's critical findings, by object. An annotation exempts an object from a check. */
export function criticals(kubeScore: string, yaml: string): string[] {
  const options = [
    // A limit would slow a busy container while the node is idle.
    '--ignore-container-cpu-limit',
    // It wants `Always`. No tag moves (fixed-image), so a node may start the image that it has.
    '--ignore-test',
    'container-image-pull-policy',
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

/** Runs without shellcheck, which not every machine has. The file `-` stands for `text`. */
export function wrongWorkflows(actionlint: string, files: readonly string[], text = ''): string[] {
  const options = ['-shellcheck=', '-pyflakes=', '-no-color', '-format', '{{json .}}'];
  const problems = outputOf(actionlint, [...options, ...files], text) as Problem[];
  return problems.map(({ filepath, line, message }) => `${filepath}:${line} ${message}`);
}
