import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, findServer } from './find.js';
import { recipes, type Recipe } from './recipes.js';

let folder: string;
const before = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-find-'));
  // Only the test's programs are on PATH, and /bin for their shell.
  process.env['PATH'] = `${folder}:/bin`;
  process.env['TICKETING_SERVERS_DIR'] = join(folder, 'none');
  delete process.env['MONGOMS_SYSTEM_BINARY'];
});
afterEach(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true, force: true });
});

async function program(name: string, prints: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\necho "${prints}"\n`);
  await chmod(join(folder, name), 0o755);
}

const recipe: Recipe = {
  ...recipes.nats,
  installs: [{ description: 'the last way', install: () => Promise.reject(new Error('closed')) }],
};

test('a recent program is used', async () => {
  await program('nats-server', 'nats-server: v2.12.3');
  expect(await findServer(recipe, () => undefined)).toMatchObject({ how: 'program', version: '2.12.3' });
});

test('an old program is not used, and the message lists every attempt and why it failed', async () => {
  await program('nats-server', 'nats-server: v2.9.10');
  const messages: string[] = [];
  await expect(findServer(recipe, (line) => messages.push(line))).rejects.toThrow(
    /nats-server 2\.12\.3 or newer is needed[\s\S]*NATS_URL[\s\S]*2\.9\.10 is too old[\s\S]*docker[\s\S]*the last way: closed/,
  );
  expect(messages).toEqual(['nats-server is not installed; trying: the last way']);
});

test('a running container engine is preferred to an installation', async () => {
  await program('docker', 'fine');
  expect(await findServer(recipe, () => undefined)).toEqual({ how: 'container', engine: 'docker' });
});

test('an installed program is used', async () => {
  const installs = [
    {
      description: 'put it there',
      install: async (to: string) => {
        await program('nats-server', 'nats-server: v2.15.2');
        expect(to).toBe(join(folder, 'none'));
        return join(folder, 'nats-server');
      },
    },
  ];
  await rm(join(folder, 'nats-server'), { force: true });
  expect(await findServer({ ...recipe, installs }, () => undefined)).toMatchObject({ version: '2.15.2' });
});

test('an installation that brings a version that is too old is not tried', async () => {
  const installs = recipe.installs.map((install) => ({ ...install, version: '2.12.2' }));
  const messages: string[] = [];
  await expect(findServer({ ...recipe, installs }, (line) => messages.push(line))).rejects.toThrow(
    'the last way: version 2.12.2 is too old',
  );
  expect(messages).toEqual([]);
});

test('among alternative programs, one on PATH is preferred to an installation', async () => {
  const aProgram = (name: string) => ({ name, floor: '1.0', versionArgs: [], installs: recipe.installs });
  await program('second', 'v1.2');
  const messages: string[] = [];
  const say = (line: string) => messages.push(line);
  expect(await findProgram([aProgram('first'), aProgram('second')], say)).toMatchObject({
    program: { name: 'second' },
    path: join(folder, 'second'),
  });
  expect(messages).toEqual([]);
  await expect(findProgram([aProgram('first'), aProgram('third')], say)).rejects.toThrow(
    /first 1\.0 or newer, or third 1\.0 or newer is needed[\s\S]*PATH: no third 1\.0 or newer[\s\S]*the last way: closed/,
  );
});
