// Public linters find nothing unexplained in the rendered overlays and in the workflows. In CI each program must
// run. Elsewhere one that cannot be installed is skipped, and the log says so.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mainContainer, named, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, objectsOf, yamlOf } from './rule.js';
import { checkovFaults, deprecatedObjects, riskyWorkflows } from './tools.js';
import { root, toYaml, variant, variants } from './variants.js';

beforeRules();

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'ticketing-linters-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Runs the check with the program, if there is one. */
async function withProgram(name: Parameters<typeof find>[0], check: (program: string) => void) {
  let program: string;
  try {
    program = await find(name);
  } catch (error) {
    if (process.env['CI']) throw error;
    process.stdout.write(`skipped: ${error instanceof Error ? error.message : String(error)}\n`);
    return;
  }
  check(program);
}

const overlays = ['dev', 'staging', 'prod'];
const inDev = (plant: (objects: Manifest[]) => void) => {
  const objects = objectsOf(variant('dev'));
  plant(objects);
  return toYaml(objects);
};

describe('checkov', () => {
  test(
    `finds nothing in ${overlays.join(', ')}`,
    () =>
      withProgram('checkov', (checkov) => {
        const files = overlays.map((name) => fileOf(`${name}.yaml`, yamlOf(variant(name))));
        expect(checkovFaults(checkov, files)).toEqual([]);
      }),
    installingTakesMs,
  );

  test(
    'reports a container that may gain privileges (control)',
    () =>
      withProgram('checkov', (checkov) => {
        const yaml = inDev((objects) => {
          const { securityContext = {} } = mainContainer(named(objects, 'StatefulSet', 'nats'));
          securityContext.allowPrivilegeEscalation = true;
        });
        expect(checkovFaults(checkov, [fileOf('wrong.yaml', yaml)])).toEqual([
          'StatefulSet.ticketing.nats CKV_K8S_20: Containers should not run with allowPrivilegeEscalation',
        ]);
      }),
    installingTakesMs,
  );
});

describe('pluto', () => {
  test(
    'finds no deprecated API version in any variant',
    () =>
      withProgram('pluto', (pluto) => {
        expect(variants.flatMap((each) => deprecatedObjects(pluto, yamlOf(each)))).toEqual([]);
      }),
    installingTakesMs,
  );

  test(
    'reports one that Kubernetes has removed (control)',
    () =>
      withProgram('pluto', (pluto) => {
        const yaml = inDev((objects) => {
          named(objects, 'PodDisruptionBudget', 'nats').apiVersion = 'policy/v1beta1';
        });
        expect(deprecatedObjects(pluto, yaml)).toEqual([
          'PodDisruptionBudget nats: policy/v1beta1 is deprecated',
        ]);
      }),
    installingTakesMs,
  );
});

describe('zizmor', () => {
  test(
    'finds no risk in the workflows',
    () =>
      withProgram('zizmor', (zizmor) => expect(riskyWorkflows(zizmor, join(root, '.github'))).toEqual([])),
    installingTakesMs,
  );

  test(
    'reports a title that becomes part of a script (control)',
    () =>
      withProgram('zizmor', (zizmor) => {
        const lines = ['name: a', 'on: pull_request', 'permissions: {}', 'jobs:', '  a:', '    name: a'];
        const script = 'run: echo ${{ github.event.pull_request.title }}';
        const job = ['    runs-on: ubuntu-24.04', '    steps:', `      - ${script}`];
        const found = riskyWorkflows(zizmor, fileOf('risky.yml', [...lines, ...job, ''].join('\n')));
        expect(found).toContainEqual(expect.stringMatching(/^line 9 template-injection: /));
      }),
    installingTakesMs,
  );
});
