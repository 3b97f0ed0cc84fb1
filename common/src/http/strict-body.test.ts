import { z } from 'zod';
import { ok } from './answers.js';
import { anyone, handle } from './route.js';
import { openObjectsIn } from './strict-body.js';

const strict = z.strictObject({ title: z.string(), event: z.strictObject({ name: z.string() }).optional() });

const openObjects: [what: string, body: z.ZodType, paths: string[]][] = [
  ['a strict object', strict, []],
  ['an extended strict object', strict.extend({ version: z.int().optional() }), []],
  ['a transformed strict object', strict.transform(({ title }) => title), []],
  ['a map with values of one type', z.strictObject({ seats: z.record(z.string(), z.int()) }), []],
  ['a text', z.string(), []],
  ['an object', z.object({ title: z.string() }), ['body']],
  ['a loose object', z.looseObject({ title: z.string() }), ['body']],
  ['a nested object', z.strictObject({ event: z.object({}).optional() }), ['body.event']],
  ['an object in a list', z.strictObject({ items: z.array(z.object({})) }), ['body.items.items']],
  ['an object in a union', z.strictObject({ at: z.union([z.string(), z.object({})]) }), ['body.at.anyOf.1']],
  ['an object after a transform', z.object({}).transform(() => 1), ['body']],
];

test.each(openObjects)('the check of unknown fields in %s', (_what, body, paths) => {
  expect(openObjectsIn(body)).toEqual(paths);
});

test('a route whose body accepts unknown fields cannot be declared', () => {
  const declare = (body: z.ZodType) =>
    handle({ name: 'addThing', summary: '', user: anyone, body, answers: {} }, async () => ok({}));
  declare(strict);
  expect(() => declare(z.strictObject({ event: z.object({}) }))).toThrow(
    'addThing accepts unknown fields in body.event: declare z.strictObject.',
  );
});
