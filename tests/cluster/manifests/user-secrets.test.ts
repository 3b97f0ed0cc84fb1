// The users of the servers that infra/secrets.mjs makes, on an installation that gains a service.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecretsIn, storeSecrets } from './made-secrets.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['nats-users', 'mongo-users'])(
  '%s gains the password of a new service and keeps the others',
  (name) => {
    const before = makeSecretsIn(folder);
    const { notifications: added, ...others } = before[name]?.data ?? {};
    expect(added).toBeDefined();
    storeSecrets(folder, { ...before, [name]: { data: others } });

    const after = makeSecretsIn(folder)[name]?.data;

    expect(after).toMatchObject(others);
    expect(atob(after?.['notifications'] ?? '')).toMatch(/^p?[0-9a-f]{64}$/);
  },
);
