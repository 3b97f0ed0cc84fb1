// The committed alerts and dashboards.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '@ticketing/common/testing/servers';
import { run } from './command.js';
import { dashboard, dashboardFiles, folder, rules } from './queries.js';

test('every alert links to a section of docs/operations.md', async () => {
  const handbook = await readFile(join(root, 'docs', 'operations.md'), 'utf8');
  const anchors = [...handbook.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const { alert, annotations } of rules()) {
    const [, anchor] = /^docs\/operations\.md#(.+)$/.exec(annotations.runbook) ?? [];
    expect([alert, anchors.includes(anchor ?? '')]).toEqual([alert, true]);
  }
});

test('the committed dashboards equal the output of dashboards.mjs', async () => {
  const program = `import(${JSON.stringify(pathToFileURL(join(folder, 'dashboards.mjs')).href)}).then((made) => console.log(JSON.stringify(made.dashboards)))`;
  const { output } = await run(process.execPath, ['-e', program]);
  const generated = JSON.parse(output) as Record<string, unknown>;
  expect(Object.keys(generated).sort()).toEqual(dashboardFiles());
  for (const [file, board] of Object.entries(generated)) expect(dashboard(file)).toEqual(board);
});
