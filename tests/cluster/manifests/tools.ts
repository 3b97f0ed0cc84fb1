// The faults that kubeconform, kube-linter, kube-score, checkov, pluto, actionlint and zizmor find. An exempted finding has
// its reason here, in kube-linter.yaml, in checkov.yaml or in .github/zizmor.yml.

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

const fine = 10;
type Scored = {
  object_name: string;
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
};

const unscored = [
  // It wants `Always`. No tag moves (fixed-image), so a node may start the image that it has.
  'container-image-pull-policy',
  // Spread constraints do this, see spread-over-nodes in kube-linter.yaml.
  'deployment-has-host-podantiaffinity',
  'statefulset-has-host-podantiaffinity',
  // An autoscaler sets the number of replicas, see too-few-replicas; dev has one of each.
  'deployment-replicas',
  // kube-linter checks each probe, and MongoDB alone is exempt from the liveness probe.
  'pod-probes',
];

/** kube-score's findings, also warnings, by object. An annotation exempts an object from a check. */
export function scoreFaults(kubeScore: string, yaml: string): string[] {
  const options = [
    // A limit would slow a busy container while the node is idle.
    '--ignore-container-cpu-limit',
    ...unscored.flatMap((test) => ['--ignore-test', test]),
  ];
  const scored = outputOf(kubeScore, ['score', ...options, '--output-format', 'json', '-'], yaml) as Scored[];
  return scored.flatMap(({ object_name: path, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade < fine && !skipped)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ summary }) => `${basename(path)} ${check.id}: ${summary}`),
      ),
  );
}

type Checked = { results?: { failed_checks: { check_id: string; check_name: string; resource: string }[] } };

/** checkov's findings by checkov.yaml in files of objects. An annotation exempts an object from a check. */
export function checkovFaults(checkov: string, files: readonly string[]): string[] {
  const config = 'tests/cluster/manifests/checkov.yaml';
  const args = ['--config-file', config, ...files.flatMap((file) => ['-f', file])];
  const { results } = outputOf(checkov, args, '') as Checked;
  return (results?.failed_checks ?? []).map(
    ({ check_id, check_name, resource }) => `${resource} ${check_id}: ${check_name}`,
  );
}

type Old = { items?: { name: string; api: { version: string; kind: string } }[] | null };

/** Objects whose API version Kubernetes has deprecated or removed. */
export function deprecatedObjects(pluto: string, yaml: string): string[] {
  const { items } = outputOf(pluto, ['detect', '-', '-o', 'json'], yaml) as Old;
  return (items ?? []).map(({ name, api }) => `${api.kind} ${name}: ${api.version} is deprecated`);
}

type Finding = {
  ident: string;
  desc: string;
  locations: { symbolic: { key: unknown }; concrete: { location: { start_point: { row: number } } } }[];
};

/** zizmor's findings by .github/zizmor.yml, without asking GitHub. */
export function riskyWorkflows(zizmor: string, folder: string): string[] {
  const found = outputOf(zizmor, ['--offline', '--no-progress', '--format', 'json', folder], '') as Finding[];
  return found.map(({ ident, desc, locations }) => {
    const line = (locations[0]?.concrete.location.start_point.row ?? -1) + 1;
    return `line ${line} ${ident}: ${desc}`;
  });
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
