// README.md and docs/how-it-works.md are true: their shell blocks print what they show.
// UPDATE_README=1 npm test -w tests writes the current output into them.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { System } from '../system/system.js';
import { startCheckedSystem } from '../system/checked-system.js';

const readme = join(root, 'README.md');
const story = join(root, 'docs', 'how-it-works.md');
const updating = Boolean(process.env['UPDATE_README']);

// Asynchronous, because the proxy that checks the answers (checked-system.ts) runs in this process.
const run = promisify(execFile);

type Step = Readonly<{ commands: string; printed: string }>;

/** The text from a heading of second level to the next one. */
function sectionOf(file: string, heading: string): string {
  return readFileSync(file, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The shell blocks of a section, each with the output that follows it. */
function stepsOf(section: string): Step[] {
  return [...section.matchAll(/```sh\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(
    ([, commands = '', printed = '']) => ({ commands, printed }),
  );
}

function writeOutput(file: string, { commands }: Step, output: string): void {
  const [before = '', after = ''] = readFileSync(file, 'utf8').split(`${commands}\`\`\`\n\n\`\`\`text\n`);
  const rest = after.slice(after.indexOf('```'));
  writeFileSync(file, `${before}${commands}\`\`\`\n\n\`\`\`text\n${output}${rest}`);
}

// On a slow machine, an event takes longer than a request waits for it, and longer than the `sleep` of the documents. Therefore
// the commands run with a `curl` that repeats requests whose answer is 503, which no document shows, and each
// `sleep` waits for the ticket instead.
const patientCurl = String.raw`curl() {
  local answer
  for _ in {1..60}; do
    answer=$(command curl "$@" -w '\n%{http_code}')
    [[ $answer == *503 ]] || break
  done
  sed '$d' <<< "$answer"
}
`;

const patient = (script: string) =>
  patientCurl +
  script.replaceAll('sleep 1', (_sleep, at: number) => {
    const status = script.slice(0, at).includes('$API/payments') ? 'sold' : 'reserved';
    return `until [[ $(call $API/tickets/$TICKET) == *'"status":"${status}"'* ]]; do sleep 0.1; done`;
  });

const withoutIds = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{24}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\d{10}-\d+/g, '<run>');

describe('on a running system', () => {
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

  async function outputsOf(steps: readonly Step[]): Promise<string[]> {
    const separator = '----';
    const script = steps
      .map(({ commands }) => commands)
      .join(`\necho ${separator}\n`)
      .replaceAll('http://localhost:8080', system.url('gateway'));
    const { stdout } = await run('bash', ['-e', '-c', patient(script)], { cwd: folder, timeout: 240_000 });
    return stdout.split(`${separator}\n`);
  }

  async function compare(file: string, steps: readonly Step[]): Promise<void> {
    const outputs = await outputsOf(steps);
    if (updating) steps.forEach((step, index) => writeOutput(file, step, outputs[index] ?? ''));
    else expect(outputs.map(withoutIds)).toEqual(steps.map(({ printed }) => withoutIds(printed)));
  }

  test('the six curl lines of the README print what it shows, also when pasted again', async () => {
    const steps = stepsOf(sectionOf(readme, 'One purchase, with curl'));
    expect(steps).toHaveLength(1);
    expect(steps[0]?.commands.match(/\bcall -/g)).toHaveLength(6);
    await compare(readme, steps);
    await compare(readme, stepsOf(sectionOf(readme, 'One purchase, with curl')));
  });

  test('the refusals of how-it-works print what it shows', async () => {
    const steps = stepsOf(sectionOf(story, 'Try the refusals'));
    expect(steps.length).toBeGreaterThan(3);
    await compare(story, steps);
  });

  test('the client example of how-it-works is the file, and prints what it shows', async () => {
    const section = sectionOf(story, 'The same from TypeScript');
    const example = join(root, 'client', 'src', 'example.ts');
    expect(/```ts\n([^]*?)```/.exec(section)?.[1]).toBe(readFileSync(example, 'utf8'));

    const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const command = [tsx, '--conditions=source', example, system.url('gateway')];
    const { stdout } = await run(process.execPath, command);
    expect(stdout).toBe(stepsOf(section)[0]?.printed);
  });
});

test('the README has at most a thousand words', () => {
  expect(readFileSync(readme, 'utf8').split(/\s+/).length).toBeLessThanOrEqual(1_000);
});
