// Extracts the schemas that openapi.service.test.ts needs from Stripe's OpenAPI description into
// stripe-schemas.jsonl, one a line. The description comes with stripe-mock's Go module. Run this after
// raising the version below; it needs Go:
//
//   node tools/card-network/src/stripe-contract/extract-schemas.mjs
//
// The output is JSON Schema: `nullable` becomes a type, and an expandable field is a string or an object.
// Fields of payment methods other than cards are left out. Every object is closed, so that a field
// which Stripe does not have fails the test.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'github.com/stripe/stripe-mock@v0.203.0';
const COMPONENTS = [
  'payment_intent',
  'payment_method',
  'charge',
  'refund',
  'dispute',
  'event',
  'error',
  'webhook_endpoint',
  'deleted_webhook_endpoint',
];
const LISTS = {
  payment_intent_list: '/v1/payment_intents',
  refund_list: '/v1/refunds',
  dispute_list: '/v1/disputes',
};
/** Fields that the network never fills. They may be absent or null; their many schemas are left out. */
const NEVER_FILLED = [
  'ach_credit_transfer',
  'ach_debit',
  'display_bank_transfer_instructions',
  'generated_from',
  'hooks',
  'line_items',
  'mandate_options',
  'setup_intent',
  'source',
  'transfer_data',
  'verify_with_microdeposits',
  'wallet',
];

const { Dir } = JSON.parse(execFileSync('go', ['mod', 'download', '-json', MODULE], { encoding: 'utf8' }));
const spec = JSON.parse(readFileSync(join(Dir, 'embedded', 'openapi', 'spec3.json'), 'utf8'));
const components = spec.components.schemas;
const otherMethods = new Set(
  components.payment_method.properties.type.enum.filter((type) => type !== 'card'),
);

const extracted = {};
for (const name of COMPONENTS) extract(name);
for (const [name, path] of Object.entries(LISTS)) {
  extracted[name] = schema(spec.paths[path].get.responses['200'].content['application/json'].schema);
}
const lines = Object.entries(extracted)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, value]) => JSON.stringify({ name, schema: value }));
const source = JSON.stringify({ source: MODULE, version: spec.info.version });
writeFileSync(join(import.meta.dirname, 'stripe-schemas.jsonl'), `${[source, ...lines].join('\n')}\n`);

function extract(name) {
  if (name in extracted) return;
  extracted[name] = {};
  extracted[name] = schema(components[name]);
}

function schema(from) {
  const nullable = (to) => (from.nullable ? { anyOf: [to, { type: 'null' }] } : to);
  if (from['x-expansionResources']) return nullable({ type: ['string', 'object'] });
  if (from.$ref) {
    const name = from.$ref.split('/').pop();
    extract(name);
    return nullable({ $ref: `#/$defs/${name}` });
  }
  if (from.anyOf) return nullable({ anyOf: from.anyOf.map(schema) });

  const to = {};
  if (from.type) to.type = from.type;
  if (from.enum && from.enum.length < 30) to.enum = from.enum;
  if (from.pattern) to.pattern = from.pattern;
  if (from.items) to.items = schema(from.items);
  if (typeof from.additionalProperties === 'object')
    to.additionalProperties = schema(from.additionalProperties);
  if (from.properties) {
    to.properties = Object.fromEntries(
      Object.entries(from.properties)
        .filter(([name]) => !belongsToOtherMethod(name))
        .map(([name, value]) => [name, NEVER_FILLED.includes(name) ? { type: 'null' } : schema(value)]),
    );
    to.additionalProperties = false;
    if (from.required) to.required = from.required;
  }
  return nullable(to);
}

function belongsToOtherMethod(name) {
  if (otherMethods.has(name)) return true;
  return [...otherMethods].some((method) => name.startsWith(`${method}_`));
}
