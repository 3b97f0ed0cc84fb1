import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimData } from './data-folder.js';

let folder: string;
let money: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ticketing-data-'));
  money = join(folder, 'ledger');
  writeFileSync(money, '100');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockedBy = (pid: number) => writeFileSync(join(folder, 'npm-start.pid'), `${pid}`);

test.each([false, true])('the data of a running system is refused and kept (fresh: %s)', async (fresh) => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    lockedBy(other.pid ?? 0);
    await expect(claimData(folder, { fresh })).rejects.toThrow(
      `belongs to a running system (process ${other.pid})`,
    );
    expect(existsSync(money)).toBe(true);
  } finally {
    other.kill();
    await once(other, 'exit');
  }
});

test('the data of a killed system is taken over', async () => {
  lockedBy(spawnSync(process.execPath, ['-e', '']).pid);
  await claimData(folder, { fresh: false });
  expect(existsSync(money)).toBe(true);
});

test('an empty lock, which a full disk leaves, belongs to nobody', async () => {
  writeFileSync(join(folder, 'npm-start.pid'), '');
  await claimData(folder, { fresh: false });
  expect(existsSync(money)).toBe(true);
});

test('`--fresh` deletes the data, and the folder stays reserved', async () => {
  await claimData(folder, { fresh: true });
  expect(existsSync(money)).toBe(false);
  await expect(claimData(folder, { fresh: false })).rejects.toThrow(`process ${process.pid}`);
});
