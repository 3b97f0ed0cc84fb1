// Generates the Helm chart from the overlays of production. Needs kustomize.
//
//   node infra/chart.mjs <folder> [--kustomize <program>]
//
// infra/chart has what is written by hand. The templates are the rendered objects with values in place of the host, the
// namespace, the ingress class, the images and the like, so the chart has whatever the overlays have.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const overlays = join(import.meta.dirname, 'k8s', 'overlays');
/** The value `stores` selects the overlay. */
const overlayOf = { bundled: 'prod', external: 'prod-external' };
// Stands for the namespace of the release: the name of the product is also that of its first namespace.
const namespace = 'namespace-of-the-release';

const { values, positionals } = parseArgs({
  options: { kustomize: { type: 'string', default: 'kustomize' } },
  allowPositionals: true,
});
const [folder] = positionals;
if (!folder) throw new Error('The folder of the chart is missing.');

/** The objects of an overlay as texts, by `<kind>/<name>`. */
function rendered(overlay) {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'chart-')));
  try {
    const kustomization = { namespace, resources: [relative(work, realpathSync(join(overlays, overlay)))] };
    writeFileSync(join(work, 'kustomization.yaml'), JSON.stringify(kustomization));
    const verb = basename(values.kustomize).startsWith('kubectl') ? 'kustomize' : 'build';
    const yaml = execFileSync(values.kustomize, [verb, work], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    return new Map(yaml.split(/^---\n/m).map((object) => [keyOf(object), object]));
  } finally {
    rmSync(work, { recursive: true });
  }
}

const field = (object, pattern) => pattern.exec(object)?.[1] ?? '';
const kindOf = (object) => field(object, /^kind: (\S+)$/m);
const nameOf = (object) => field(object, /^metadata:\n(?: .*\n)*? {2}name: (\S+)$/m);
const keyOf = (object) => `${kindOf(object)}/${nameOf(object)}`;

const images = {};
const autoscaling = {};

/** Each: what is replaced, by what, and in objects of which kind. */
const replacements = [
  [/\{\{/g, '{{ "{{" }}'],
  [new RegExp(namespace, 'g'), '{{ .Release.Namespace }}'],
  [
    /(name: MAIL_FROM\n\s+value: )(.+)@ticketing.dev>/g,
    '$1{{ .Values.mailFrom | default (printf "$2@%s>" .Values.host) | quote }}',
  ],
  [/(name: TRUST_PROXY\n\s+value: ).+/g, '$1{{ .Values.trustProxy | quote }}'],
  [/ticketing\.dev/g, '{{ .Values.host }}'],
  [/(ingressClassName: ).+/g, '$1{{ .Values.ingress.className | quote }}'],
  [/(kubernetes\.io\/metadata\.name: )ingress-nginx/g, '$1{{ .Values.ingress.namespace | quote }}'],
  [/(secretName: )ticketing-tls/g, '$1{{ .Values.ingress.tlsSecretName | quote }}'],
  [
    /^metadata:\n/gm,
    'metadata:\n  {{- with .Values.ingress.annotations }}\n  annotations: {{- toYaml . | nindent 4 }}\n  {{- end }}\n',
    'Ingress',
  ],
  [
    /(image: )(\S+)/g,
    (_, before, image) =>
      `${before}{{ include "ticketing.image" (index .Values.images "${imageValue(image)}") | quote }}`,
  ],
  [
    /(minReplicas|maxReplicas): (\d+)/g,
    (_, bound, number, __, object) =>
      `${bound}: {{ (index .Values.autoscaling "${scalerValue(object, bound, Number(number))}").${bound} }}`,
    'HorizontalPodAutoscaler',
  ],
];
const used = new Set();

/** @returns the key under `images` */
function imageValue(image) {
  const [, registry = '', repository, tag = '', digest = ''] =
    /^(?:([^/]*[.:][^/]*)\/)?([^:@]+)(?::([^@]+))?(?:@(\S+))?$/.exec(image);
  const key = basename(repository).replace(/^ticketing-/, '');
  images[key] = { registry, repository, tag, digest };
  return key;
}

/** @returns the key under `autoscaling` */
function scalerValue(object, bound, number) {
  const key = nameOf(object);
  (autoscaling[key] ??= {})[bound] = number;
  return key;
}

const toTemplate = (object) =>
  replacements.reduce((text, replacement) => {
    const [pattern, by, kind] = replacement;
    if (kind && kind !== kindOf(object)) return text;
    if (text.search(pattern) >= 0) used.add(replacement);
    return text.replace(pattern, by);
  }, object);

const found = Object.entries(overlayOf).filter(([, overlay]) => existsSync(join(overlays, overlay)));
const variants = found.map(([stores, overlay]) => ({ stores, objects: rendered(overlay) }));

/** An object that is equal with every kind of stores stands once, and another one stands under a condition. */
function templates() {
  const byKind = new Map();
  const keys = new Set(variants.flatMap(({ objects }) => [...objects.keys()]));
  for (const key of [...keys].toSorted((a, b) => (a < b ? -1 : 1))) {
    const texts = variants.map(({ objects }) => objects.get(key));
    const isShared = texts.every((text) => text === texts[0]);
    const parts = isShared
      ? [toTemplate(texts[0])]
      : variants
          .filter(({ objects }) => objects.has(key))
          .map(
            ({ stores, objects }) =>
              `{{- if eq .Values.stores "${stores}" }}\n${toTemplate(objects.get(key))}{{- end }}\n`,
          );
    const file = `${key.split('/')[0].toLowerCase()}.yaml`;
    byKind.set(file, [...(byKind.get(file) ?? []), ...parts.map((part) => `---\n${part}`)]);
  }
  return byKind;
}

const flow = (object) =>
  `{ ${Object.entries(object)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ')} }`;
const section = (name, entries) =>
  `${name}:\n${Object.entries(entries)
    .map(([key, value]) => `  ${key}: ${flow(value)}\n`)
    .join('')}`;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
rmSync(folder, { recursive: true, force: true });
cpSync(join(import.meta.dirname, 'chart'), folder, { recursive: true });
for (const [file, parts] of templates()) writeFileSync(join(folder, 'templates', file), parts.join(''));
const unused = replacements.slice(1).filter((replacement) => !used.has(replacement));
if (unused.length > 0)
  throw new Error(`The overlays have nothing like ${unused.map(([pattern]) => pattern).join(' and ')}.`);
appendFileSync(join(folder, 'Chart.yaml'), `version: ${version}\nappVersion: '${version}'\n`);
appendFileSync(
  join(folder, 'values.yaml'),
  `# ${found.map(([stores]) => `\`${stores}\``).join(' or ')}: docs/operations.md says what they are.
stores: ${found[0][0]}

# Pods of each service. The number of members of a bundled store is fixed: the addresses name them.
${section('autoscaling', autoscaling)}
# A registry of your own is possible. With a digest, the tag does not count.
${section('images', images)}`,
);
