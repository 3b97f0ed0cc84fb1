// Puts every payload into every input of an operation, with the statuses that may answer it.

import { gzipSync } from 'node:zlib';
import type { Request } from './ask.js';
import { samplePath, type Operation } from './operations.js';
import { bodies, numbers, otherBodies, shapes, texts } from './payloads.js';

/** `allowed` lists the statuses that may answer; empty means any status below 500. */
export type Try = Readonly<{ request: Request; allowed: readonly number[]; what: string }>;

const aTry = (request: Request, allowed: readonly number[], what: string): Try => ({
  request,
  allowed,
  what,
});

/** @param base a request that the operation accepts */
export function* triesOf(operation: Operation, base: Request): Generator<Try> {
  yield* intoPath(operation, base);
  yield* intoQuery(operation, base);
  yield* intoHeaders(operation, base);
  if (operation.takesJson) yield* intoBody(operation, base);
}

// A lone surrogate has no URL encoding.
const encoded = (text: string) => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));

function* intoPath(operation: Operation, base: Request): Generator<Try> {
  if (!operation.path.includes('{')) return;
  for (const text of texts) {
    const path = samplePath(operation, () => encoded(text));
    // Without an id, the path matches the route of the list.
    const allowed = text.trim() === '' ? [200, 400, 401, 404] : [400, 404];
    yield aTry({ ...base, path }, allowed, `path ${JSON.stringify(text)}`);
  }
}

function* intoQuery(operation: Operation, base: Request): Generator<Try> {
  const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const never = [
    'x',
    '$where',
    '__proto__',
    'constructor',
    '__proto__[polluted]',
    'constructor[prototype][polluted]',
    ...names.flatMap((name) => [`${name}[$ne]`, `${name}[]`, `${name}.x`]),
  ];
  for (const name of never)
    yield aTry(
      { ...base, path: `${base.path}?${encodeURIComponent(name)}=1` },
      refusedInput,
      `query ${name}`,
    );
  for (const name of names) {
    yield aTry({ ...base, path: `${base.path}?${name}=1&${name}=2` }, refusedInput, `${name} twice`);
    for (const text of texts)
      yield aTry({ ...base, path: `${base.path}?${name}=${encoded(text)}` }, [], `${name}=${text}`);
  }
}

// 404: a route may look for the object before it parses the input.
const refusedInput = [400, 404];

function* intoHeaders(operation: Operation, base: Request): Generator<Try> {
  const declared = operation.parameters
    .filter((parameter) => parameter.in === 'header')
    .map(({ name }) => name);
  const names = new Set([
    ...declared,
    'X-Request-Id',
    'traceparent',
    'Accept',
    'Accept-Language',
    'User-Agent',
    'If-None-Match',
    'If-Match',
    'If-Modified-Since',
    'Range',
    'Idempotency-Key',
    'Origin',
    'Referer',
    'Stripe-Signature',
  ]);
  const sendable = texts.filter((text) => /^[\t -~\u0080-\u00ff]*$/.test(text) && text.length < 9_000);
  for (const name of names)
    for (const text of sendable)
      yield aTry({ ...base, headers: { ...base.headers, [name]: text } }, [], `${name}: ${text}`);
  for (const text of sendable)
    for (const Cookie of [
      `session=${text}`,
      `session=${Buffer.from(JSON.stringify({ jwt: text })).toString('base64')}`,
    ])
      yield aTry({ ...base, headers: { Cookie } }, [], `cookie ${text}`);
}

function* intoBody(operation: Operation, base: Request): Generator<Try> {
  for (const body of [base.body as Body, ...(otherBodies[operation.name] ?? [])])
    for (const [field, withValue] of fieldsIn(body)) {
      const withField = (value: unknown) => ({ ...base, body: withValue(value) });
      for (const shape of shapes) {
        const text = JSON.stringify(shape);
        const allowed = isOptional(field) || accepted[field] === text ? [] : refusedInput;
        yield aTry(withField(shape), allowed, `${field}: ${text}`);
      }
      for (const value of [...texts, ...numbers]) yield aTry(withField(value), [], `${field}: ${value}`);
    }
  const Json = 'application/json';
  // Without a required field an empty body is valid, and the route looks for the object in its path.
  const emptyIsRefused = operation.path.includes('{') ? refusedInput : [400];
  for (const body of bodies) {
    const headers = { ...base.headers, 'Content-Type': Json };
    yield aTry({ ...base, headers, body }, [...emptyIsRefused, 413], `body ${body}`);
  }
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
  const encodings: [encoding: string, body: Buffer, allowed: readonly number[]][] = [
    ['gzip', bomb, [413]],
    ['gzip', Buffer.from('{}'), emptyIsRefused],
    ['klingon', Buffer.from('{}'), [415]],
  ];
  for (const [encoding, body, allowed] of encodings) {
    const headers = { ...base.headers, 'Content-Type': Json, 'Content-Encoding': encoding };
    yield aTry({ ...base, headers, body }, allowed, `${encoding} of ${body.length} bytes`);
  }
  const headers = { ...base.headers, 'Content-Type': `${Json}; charset=utf-16` };
  yield aTry({ ...base, headers, body: Buffer.from('{"a":1}', 'utf16le') }, [400, 415], 'UTF-16');
}

type Body = Readonly<Record<string, unknown>>;

/** Each field of a body, also of the objects in its lists, with a function that gives the field another value. */
function* fieldsIn(body: Body): Generator<[field: string, withValue: (value: unknown) => Body]> {
  for (const [field, content] of Object.entries(body)) {
    yield [field, (value) => ({ ...body, [field]: value })];
    const [first] = Array.isArray(content) ? (content as unknown[]) : [];
    if (typeof first !== 'object' || first === null) continue;
    for (const [inner, withValue] of fieldsIn(first as Body))
      yield [`${field}.0.${inner}`, (value) => ({ ...body, [field]: [withValue(value)] })];
  }
}

// The shapes that these fields accept: any list of texts, and a boolean.
const accepted: Readonly<Record<string, string>> = { texts: '["a"]', request: 'true' };

// These fields may be left out, and accept one of the shapes.
const isOptional = (field: string) =>
  ['event', 'version', 'acceptLossOfTickets', 'offSession', 'amount', 'reason'].includes(field);
