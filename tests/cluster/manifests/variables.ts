// The variables of a workload's container, as the kubelet sets them.

import { containers, type Container, type Workload } from './objects.js';

/**
 * `$(NAME)` becomes the value of the variable NAME if that is declared earlier, and stays otherwise. Variables from Secrets are
 * left out. Inside other values, `secretOf` replaces them, by default with `<Secret>.<key>`.
 */
export function variablesOf(
  { env = [] }: Container,
  { metadata: { namespace = '' } }: Workload,
  secretOf: (name: string, key: string) => string | undefined = (name, key) => `${name}.${key}`,
): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const secrets = new Map<string, string | undefined>();
  for (const { name, value, valueFrom } of env) {
    const isNamespace = valueFrom?.fieldRef?.fieldPath === 'metadata.namespace';
    const found = isNamespace ? namespace : value;
    const ref = valueFrom?.secretKeyRef;
    if (ref) secrets.set(name, secretOf(ref.name, ref.key));
    if (found !== undefined)
      known.set(
        name,
        found.replaceAll(
          /\$\((\w+)\)/g,
          (reference, above: string) => known.get(above) ?? secrets.get(above) ?? reference,
        ),
      );
  }
  return known;
}

/** The values in all containers of a workload. */
export const valuesIn = (workload: Workload): string[] =>
  containers(workload).flatMap((container) => [...variablesOf(container, workload).values()]);
