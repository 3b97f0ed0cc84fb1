// A body with an unknown field is refused at every depth, and changes nothing: no operation ignores a field, and none takes
// one that belongs to the server.

import type { Attack } from './attack.js';
import { cases } from './matrix-cases.js';
import { operations, type Operation } from './operations.js';
import { otherBodies } from './payloads.js';
import { cookieFor, type World } from './world.js';

const unknown = {
  seats: 3,
  id: 'a'.repeat(24),
  _id: 'a'.repeat(24),
  userId: 'b'.repeat(24),
  status: 'sold',
  holds: {},
  createdAt: 0,
  $set: { userId: 'b'.repeat(24) },
};

type Body = Readonly<Record<string, unknown>>;

/** The body with an unknown field, once per object in it. `example` has the optional objects too. */
function* withUnknown(body: Body, example: Body, name: keyof typeof unknown): Generator<[Body, string]> {
  yield [{ ...body, [name]: unknown[name] }, name];
  for (const [field, content] of Object.entries(example)) {
    const isList = Array.isArray(content);
    const inner: unknown = isList ? content[0] : content;
    if (typeof inner === 'object' && inner !== null)
      for (const [changed, path] of withUnknown(inner as Body, inner as Body, name))
        yield [{ ...body, [field]: isList ? [changed] : changed }, `${field}.${isList ? '0.' : ''}${path}`];
  }
}

export const unknownFields: Attack = {
  about: 'a field that no operation declares, in every body',
  async run(world, { check, note }) {
    const all = operations().filter(({ takesJson }) => takesJson);
    for (const operation of all) for (const flaw of await flawsOf(world, operation)) check(false, flaw);
    check(all.length > 0, 'no operation has a body');
    note(`${all.length} operations × ${Object.keys(unknown).length} fields`);
  },
};

async function flawsOf(world: World, operation: Operation): Promise<string[]> {
  const prepare = cases[operation.name];
  if (!prepare) return [`${operation.name} has no row`];
  const [owner, seller] = [await world.signUp(), await world.signUp()];
  const { request } = await prepare(world, owner, seller);
  const Cookie = operation.session === 'required' ? cookieFor(world, operation, owner) : undefined;
  const headers = { ...request.headers, ...(Cookie !== undefined && { Cookie }) };
  const flaws: string[] = [];
  const others = otherBodies[operation.name] ?? [];
  const attacked = (name: keyof typeof unknown) => [
    ...withUnknown(request.body as Body, operation.example, name),
    ...others.flatMap((body) => [...withUnknown(body, body, name)]),
  ];
  for (const name of Object.keys(unknown) as (keyof typeof unknown)[])
    for (const [body, field] of attacked(name)) {
      const { status, json } = await world.ask({ ...request, headers, body });
      const named = ((json as { errors?: { field?: string }[] } | undefined)?.errors ?? []).map(
        (e) => e.field,
      );
      if (status !== 400 || named.join() !== field)
        flaws.push(`${operation.name} with ${field}: ${status} about ${named.join()}`);
    }
  // The same request without the field is still the first one: a repeat of a creation answers 200, not 201.
  const { status } = await world.ask({ ...request, headers });
  const isFirst = operation.statuses.includes(201) ? status === 201 || status === 202 : status < 300;
  return isFirst ? flaws : [...flaws, `${operation.name} without unknown fields: ${status}`];
}
