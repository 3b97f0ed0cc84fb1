// The README is true: its tables are those of the code, and its tour prints what it says.
// UPDATE_README=1 npm test -w tests writes what is true now into it.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { eventTable, routeTable, services } from '@ticketing/api-docs';

const file = join(root, 'README.md');
const readme = () => readFileSync(file, 'utf8');
const updating = Boolean(process.env['UPDATE_README']);

// Not in sync: who compares the answers is this very process.
const runs = promisify(execFile);

function holds(part: RegExp, wanted: string): void {
  if (updating)
    writeFileSync(
      file,
      readme().replace(part, (_all, before: string, _old, after: string) => before + wanted + after),
    );
  expect(part.exec(readme())?.[2]).toBe(wanted);
}

test('the README lists every route', () => {
  holds(/(<!-- routes -->\n\n)([^]*?)(\n\n<!-- \/routes -->)/, routeTable());
});

test('the README lists every event', () => {
  holds(/(<!-- events -->\n\n)([^]*?)(\n\n<!-- \/events -->)/, eventTable());
});

test('the README names every variable that a service reads', () => {
  const variables = new Set(services.flatMap(({ config }) => Object.keys(config.shape)));
  expect([...variables].filter((name) => !readme().includes(`\`${name}\``))).toEqual([]);
});

describe('what the README shows', () => {
  let system: System;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ticketing-tour-'));
    system = await startCheckedSystem();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await system.stop();
  });

  const example = join(root, 'client', 'src', 'example.ts');
  const part = () => /## One purchase, from TypeScript\n([^]*?)\n## /.exec(readme())?.[1] ?? '';

  test('of the client is the example, which prints what it says', async () => {
    expect(/```ts\n([^]*?)```/.exec(part())?.[1]).toBe(readFileSync(example, 'utf8'));
    const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const run = [tsx, '--conditions=source', example, system.url('gateway')];
    const { stdout } = await runs(process.execPath, run);
    expect(stdout).toBe(/```text\n([^]*?)```/.exec(part())?.[1]);
  });

  test('as a tour with curl prints what it says', async () => {
    const tour = /## One purchase, with curl\n([^]*?)\n## /.exec(readme())?.[1] ?? '';
    const steps = [...tour.matchAll(/```sh\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(
      ([, commands = '', printed = '']) => ({ commands, printed }),
    );
    expect(steps.length).toBeGreaterThan(3);

    const mark = '----';
    const script = steps
      .map(({ commands }) => commands)
      // A person takes a moment to paste the next block, and the events a smaller one to arrive.
      .join(`\necho ${mark}; sleep 1\n`)
      .replaceAll('http://localhost:8080', system.url('gateway'));
    const { stdout: output } = await runs('bash', ['-e', '-c', script], { cwd: folder });

    const printed = output.split(`${mark}\n`);
    if (updating)
      steps.forEach((step, index) =>
        writeFileSync(
          file,
          readme().replace(
            textAfter(step.commands),
            (_all, before: string) => `${before}${printed[index] ?? ''}\`\`\``,
          ),
        ),
      );
    else expect(printed.map(withoutIds)).toEqual(steps.map((step) => withoutIds(step.printed)));
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const textAfter = (commands: string) => new RegExp(`(${escaped(commands)}\`\`\`\n\n\`\`\`text\n)[^]*?\`\`\``);
const withoutIds = (text: string) =>
  text.replaceAll(/[0-9a-f]{24}/g, '<id>').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
