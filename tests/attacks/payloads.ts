// Payloads for the injection attack. Pure data.

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const id = 'a'.repeat(24);

/** Bodies whose fields exclude those of the documented example, by operation. */
export const otherBodies: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  placeOrder: [{ ticketId: id, quantity: 2 }, { items: [{ ticketId: id, quantity: 2, version: 0 }] }],
  refundByOperator: [{ places: [{ ticketId: id, place: 0 }], reason: 'the seat was broken' }],
  refundPayment: [{ places: [{ ticketId: id, place: 0 }] }],
};

/** Values that no field accepts. */
export const shapes: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $in: [null, ''] },
  { $where: 'sleep(5000) || true' },
  { $function: { body: 'function() { return true }', args: [], lang: 'js' } },
  { $expr: { $eq: [1, 1] } },
  { $oid: 'a'.repeat(24) },
  { _bsontype: 'ObjectId', id: 'a'.repeat(12) },
  { toString: 'x', valueOf: 'x' },
  { length: 5 },
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { 'a.b': 1, '': 1 },
  [],
  [[]],
  ['a'],
  [{ $ne: null }],
  {},
  null,
  true,
  JSON.parse(deep(2_000)),
];

/** Numbers that are no valid price, version or count. */
export const numbers: readonly (number | string)[] = [
  -1,
  -0.01,
  0.001,
  1e21,
  1e308,
  2 ** 53 + 2,
  '1e999',
  '0x10',
  'NaN',
  'Infinity',
  '-0',
  '١٢',
];

/** Texts with a special meaning for a database, a shell, a page, a header, a path or a log. */
export const texts: readonly string[] = [
  '$ne',
  '$where',
  '__proto__',
  'constructor',
  'a.b.$c',
  '{"$gt":""}',
  "' || '1'=='1",
  "'; return true; var x='",
  '<script>alert(1)</script>',
  '{{7*7}} ${7*7} #{7*7}',
  '$(sleep 5); `sleep 5`',
  '../../../../etc/passwd',
  'http://127.0.0.1:3000/metrics',
  'x\r\nX-Injected: yes\r\n\r\n',
  '%0d%0aX-Injected:%20yes',
  '%00',
  'a\u0000b',
  '\u0000',
  '\u202Egnirts',
  '\u200B',
  '\uD800',
  '\uFEFFx',
  'Ａｄａ',
  'e\u0301'.repeat(60),
  '👩‍👩‍👧‍👦'.repeat(20),
  ' ',
  '',
  'x'.repeat(10_000),
  '%s%s%s%n',
  '(a+)+$'.repeat(30),
  '9'.repeat(400),
  '{"level":"error","msg":"forged"}\n',
];

/** Request bodies, sent unchanged. */
export const bodies: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '"text"',
  '[]',
  '{',
  '{"a":1',
  '{"a":NaN}',
  "{'a':1}",
  '{"a":1}{"b":2}',
  '\uFEFF{}',
  '{"a":"\\ud800"}',
  deep(40_000),
  `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`,
  JSON.stringify(Object.fromEntries(Array.from({ length: 8_000 }, (_, at) => [`k${at}`, at]))),
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"$ne":null}',
  '{"a":1e999}',
  `{"a":${'9'.repeat(50_000)}}`,
];
