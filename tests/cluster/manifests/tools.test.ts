import { find, installingTakesMs } from './programs.js';
import { beforeRules, yamlOf } from './rule.js';
import { criticals, invalidObjects, workflows, wrongWorkflows } from './tools.js';
import { variant, variants } from './variants.js';

beforeRules();

const dev = () => yamlOf(variant('dev'));

describe('kubeconform finds every object as the API server describes it', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('kubeconform');
  }, installingTakesMs);

  test.each(variants)('in $name', (one) => {
    expect(invalidObjects(program, yamlOf(one))).toEqual([]);
  });

  test.each([
    [
      'a field under another name',
      /enableServiceLinks:/g,
      'enableServicesLinks:',
      "Deployment auth-depl: at '/spec/template/spec': additional properties 'enableServicesLinks' not allowed",
    ],
    [
      'a value of another type',
      /failureThreshold: 60\b/g,
      'failureThreshold: often',
      "Deployment auth-depl: at '/spec/template/spec/containers/0/startupProbe/failureThreshold': got string, want integer",
    ],
    [
      'a kind without a schema',
      /kind: PodDisruptionBudget/g,
      'kind: Budget',
      'Budget auth: could not find schema for Budget',
    ],
  ])('…and not with %s', (_, right, wrong, says) => {
    const found = invalidObjects(program, dev().replaceAll(right, wrong));
    expect(found.some((fault) => fault.startsWith(says))).toBe(true);
  });

  test('…nor with one that the Gateway API does not know', () => {
    const gateway = yamlOf(variant('prod-gateway-api')).replace('parentRefs:', 'parents:');
    expect(invalidObjects(program, gateway)).toContainEqual(
      expect.stringMatching(/^HTTPRoute ticketing: .*'parents' not allowed/),
    );
  });
});

describe('kube-score finds nothing critical', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('kube-score');
  }, installingTakesMs);

  test.each(variants)('in $name', (one) => {
    // In `dev` changed sources are put into the containers; pods.ts looks at everybody else's.
    const allowed = one.production ? [] : ['container-security-context-readonlyrootfilesystem'];
    expect(criticals(program, yamlOf(one), allowed)).toEqual([]);
  });

  test('…and not with a service that writes in production', () => {
    expect(criticals(program, dev(), [])).toContain(
      'orders-depl container-security-context-readonlyrootfilesystem: The pod has a container with a writable root filesystem',
    );
  });

  test('…nor with an image that has no tag', () => {
    const untagged = yamlOf(variant('prod')).replaceAll(':set-by-the-release', '');
    expect(criticals(program, untagged, [])).toContainEqual(
      expect.stringMatching(/^auth-depl container-image-tag/),
    );
  });
});

describe('actionlint finds the workflows right', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('actionlint');
  }, installingTakesMs);

  test('all of them', () => {
    expect(workflows().length).toBeGreaterThan(2);
    expect(wrongWorkflows(program, workflows())).toEqual([]);
  });

  test('…and not one that needs a job which there is not', () => {
    const workflow =
      'on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-24.04\n    steps: [{ run: exit }]\n';
    expect(wrongWorkflows(program, ['-'], workflow)).toEqual([
      '<stdin>:3 job "a" needs job "b" which does not exist in this workflow',
    ]);
  });
});
