// Makes tests/cluster/schemas, with which manifests are checked where there is no cluster: strict JSON schemas of the kinds
// that we render, from the description that kubectl's cluster gives of itself, and from the Gateway API's own CRDs (needs
// Go, as they are in its module).
//
//   node tests/cluster/make-schemas.mjs && npm run fix
//
// A field that the server does not know is an error; so is `status`, which is not ours to write.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const gatewayApi = 'sigs.k8s.io/gateway-api@v1.6.3';
const kinds = [
  'v1/ConfigMap',
  'v1/Namespace',
  'v1/Service',
  'v1/ServiceAccount',
  'apps/v1/Deployment',
  'apps/v1/StatefulSet',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy/v1/PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
];
const customKinds = ['gateway.networking.k8s.io/v1/Gateway', 'gateway.networking.k8s.io/v1/HTTPRoute'];

const folder = join(dirname(fileURLToPath(import.meta.url)), 'schemas');
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const { gitVersion } = output('kubectl', 'get', '--raw', '/version');
const { definitions } = output('kubectl', 'get', '--raw', '/openapi/v2');
const needed = {};
const schemas = [...kinds.map(builtIn), ...customKinds.map(custom(crds()))];

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(join(folder, file));
const $comment = `Kubernetes ${gitVersion}, ${gatewayApi}. Made by tests/cluster/make-schemas.mjs, which says how.`;
write('definitions', { $comment, definitions: sorted(needed) });
for (const { kind, schema } of schemas) write(fileName(kind), schema);

function builtIn(kind) {
  const name = Object.keys(definitions).find((key) =>
    definitions[key]['x-kubernetes-group-version-kind']?.some(
      (of) => [of.group, of.version, of.kind].filter(Boolean).join('/') === kind,
    ),
  );
  if (!name) throw new Error(`the server has no ${kind}`);
  return { kind, schema: ofKind(kind, definitions[name]) };
}

function custom(all) {
  return (kind) => {
    const [group, version, name] = kind.split('/');
    const crd = all.find(({ spec }) => spec?.group === group && spec.names.kind === name);
    const { openAPIV3Schema } = crd.spec.versions.find((one) => one.name === version).schema;
    return { kind, schema: ofKind(kind, openAPIV3Schema) };
  };
}

function ofKind(kind, schema) {
  const { status: _, ...written } = schema.properties;
  const { properties, required = [], ...rest } = strict({ ...schema, properties: written });
  const [, apiVersion, name] = /^(.+)\/(.+)$/.exec(kind);
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: { enum: [apiVersion] },
      kind: { enum: [name] },
      metadata: { $ref: refer(metadata) },
    },
    required: [...new Set([...required, 'apiVersion', 'kind', 'metadata'])],
  };
}

/** The schema without prose, and without room for fields that it does not name. */
function strict(node) {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  if (node.$ref) return { $ref: refer(node.$ref.replace('#/definitions/', '')) };
  if (node.format === 'int-or-string' || node['x-kubernetes-int-or-string'])
    return { type: ['string', 'integer'] };
  const { properties, additionalProperties, ...rest } = node;
  const kept = Object.entries(rest).filter(
    ([key]) => !/^(description|default|format|x-kubernetes-.*)$/.test(key),
  );
  const result = Object.fromEntries(kept.map(([key, value]) => [key, strict(value)]));
  if (additionalProperties) result.additionalProperties = strict(additionalProperties);
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, strict(value)]),
    );
    result.additionalProperties ??= false;
  }
  return result;
}

function refer(name) {
  if (!(name in needed)) {
    needed[name] = true; // before its parts, which may refer to it
    needed[name] = name.endsWith('.Quantity') ? { type: ['string', 'number'] } : strict(definitions[name]);
  }
  return `definitions.json#/definitions/${name}`;
}

function crds() {
  const { Dir } = output('go', 'mod', 'download', '-json', gatewayApi);
  const standard = join(Dir, 'config', 'crd', 'standard');
  const files = readdirSync(standard).map((file) => readFileSync(join(standard, file), 'utf8'));
  return files.flatMap((file) => parseAllDocuments(file).map((document) => document.toJS()));
}

function output(program, ...args) {
  // Outside our folder, where Go would look for a module of ours.
  return JSON.parse(execFileSync(program, args, { cwd: tmpdir(), encoding: 'utf8', maxBuffer: 2 ** 26 }));
}

// As kubeconform asks for it: {{.ResourceKind}}{{.KindSuffix}}
function fileName(kind) {
  const [name, version, group] = kind.split('/').toReversed();
  return [name, group?.split('.')[0], version].filter(Boolean).join('-').toLowerCase();
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function write(name, schema) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
