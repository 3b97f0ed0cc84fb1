// The rights that the generated permissions grant. On a real server: permissions.service.test.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents } from '../events/index.js';
import { root } from '../testing/servers/root.js';
import { natsAuthorization, permissionsOf, busUsers } from './permissions.js';
import { subjectOf } from './jetstream/stream.js';

const mayPublish = (service: string, subject: string) =>
  permissionsOf('ticketing', service).publish.some((pattern) => matches(pattern, subject));

/** Whether a NATS subject pattern covers a subject. */
function matches(pattern: string, subject: string): boolean {
  const [parts, tokens] = [pattern.split('.'), subject.split('.')];
  if (parts.at(-1) === '>')
    return (
      tokens.length >= parts.length &&
      matches(parts.slice(0, -1).join('.'), tokens.slice(0, parts.length - 1).join('.'))
    );
  return (
    parts.length === tokens.length && parts.every((part, index) => part === '*' || part === tokens[index])
  );
}

test.each(allEvents.map(({ type, source }) => [type, source]))(
  '%s may be published by %s only',
  (type, source) => {
    const subject = subjectOf('ticketing', type, 'x');
    expect(busUsers.filter((service) => mayPublish(service, subject))).toEqual([source]);
  },
);

test.each(busUsers.map((service) => [service]))(
  '%s may use no request of the server beyond its own consumer',
  (service) => {
    const { publish, subscribe } = permissionsOf('ticketing', service);
    const requests = publish.filter((subject) => subject.startsWith('$'));
    expect(requests.filter((subject) => !subject.includes(`.TICKETING.ticketing-${service}`))).toEqual([
      '$JS.API.STREAM.INFO.TICKETING',
      '$JS.API.STREAM.CREATE.TICKETING',
      '$JS.API.STREAM.MSG.GET.TICKETING',
      ...(service === 'auth' ? ['$JS.API.STREAM.PURGE.TICKETING'] : []),
    ]);
    const own = allEvents.filter(({ source }) => source === service);
    expect(subscribe).toEqual([
      `_INBOX.${service}.>`,
      ...own.map(({ type }) => subjectOf('ticketing', type, '*')),
    ]);
  },
);

test('another namespace grants nothing of the first', () => {
  expect(natsAuthorization('staging', () => '"x"')).not.toMatch(/ticketing/i);
});

test('the committed permissions for Kubernetes are those of the declared events', () => {
  const file = join(root, 'infra', 'k8s', 'components', 'authenticated', 'authorization.conf');
  const passwordOf = (user: string) => `$NATS_PASSWORD_${user.toUpperCase()}`;
  // If this fails, run: node infra/nats-authorization.mjs
  expect(readFileSync(file, 'utf8').replace(/^#.*\n/gm, '')).toBe(natsAuthorization('ticketing', passwordOf));
});
