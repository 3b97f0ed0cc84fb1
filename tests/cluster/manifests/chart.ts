// The Helm chart that infra/chart.mjs generates, and what Helm makes of it.

import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Manifest } from './objects.js';
import { objectsIn, root } from './variants.js';

/** @param kustomize path of kubectl or kustomize */
export function generateChart(folder: string, kustomize: string): void {
  const script = join(root, 'infra', 'chart.mjs');
  execFileSync(process.execPath, [script, folder, '--kustomize', kustomize], { stdio: 'pipe' });
}

/** The output of `helm lint --strict`, and whether it succeeds. */
export function lint(helm: string, chart: string): { ok: boolean; says: string } {
  const { status, stdout, stderr } = spawnSync(helm, ['lint', '--strict', chart], { encoding: 'utf8' });
  return { ok: status === 0, says: stdout + stderr };
}

/** @param values such as `host=shop.example.com` */
export function template(helm: string, chart: string, namespace: string, ...values: string[]): Manifest[] {
  const options = ['--namespace', namespace, ...values.flatMap((value) => ['--set', value])];
  const yaml = execFileSync(helm, ['template', 'ticketing', chart, ...options], {
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 2 ** 26,
  });
  return objectsIn(yaml);
}

/** By kind and name, so that the order does not count. */
export const byKey = (objects: readonly Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
