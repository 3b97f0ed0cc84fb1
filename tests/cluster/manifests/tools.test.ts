import { mainContainer, named, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, objectsOf, yamlOf } from './rule.js';
import { invalidObjects, scoreFaults, workflows, wrongWorkflows } from './tools.js';
import { toYaml, variant, variants } from './variants.js';

beforeRules();

const dev = () => yamlOf(variant('dev'));

describe("every object matches the API server's schema, by kubeconform", () => {
  let program: string;
  beforeAll(async () => {
    program = await find('kubeconform');
  }, installingTakesMs);

  test.each(variants)('in $name', (each) => {
    expect(invalidObjects(program, yamlOf(each))).toEqual([]);
  });

  test.each([
    [
      'an unknown field',
      /enableServiceLinks:/g,
      'enableServicesLinks:',
      "Deployment auth-depl: at '/spec/template/spec': additional properties 'enableServicesLinks' not allowed",
    ],
    [
      'a value of the wrong type',
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
  ])('reports %s', (_, right, wrong, says) => {
    const found = invalidObjects(program, dev().replaceAll(right, wrong));
    expect(found.some((fault) => fault.startsWith(says))).toBe(true);
  });

  test('reports a field that the Gateway API does not have', () => {
    const gateway = yamlOf(variant('prod-gateway-api')).replace('parentRefs:', 'parents:');
    expect(invalidObjects(program, gateway)).toContainEqual(
      expect.stringMatching(/^HTTPRoute ticketing: .*'parents' not allowed/),
    );
  });
});

describe('kube-score finds no fault', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('kube-score');
  }, installingTakesMs);

  test.each(variants)('in $name', (each) => {
    expect(scoreFaults(program, yamlOf(each))).toEqual([]);
  });

  const inProduction = (plant: (objects: Manifest[]) => unknown) => {
    const objects = objectsOf(variant('prod'));
    plant(objects);
    return scoreFaults(program, toYaml(objects));
  };
  const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');
  const scaler = (objects: Manifest[]) => named(objects, 'HorizontalPodAutoscaler', 'orders').spec;
  const budget = (objects: Manifest[]) => named(objects, 'PodDisruptionBudget', 'orders').spec;

  test.each<[string, (objects: Manifest[]) => unknown, string]>([
    [
      'a service that writes to its root filesystem',
      (objects) =>
        Object.assign(mainContainer(orders(objects)).securityContext ?? {}, {
          readOnlyRootFilesystem: false,
        }),
      'orders-depl container-security-context-readonlyrootfilesystem: The pod has a container with a writable root filesystem',
    ],
    [
      'an image without a tag',
      (objects) => (mainContainer(orders(objects)).image = 'ticketing/orders'),
      'orders-depl container-image-tag: Image with latest tag',
    ],
    [
      'a number of replicas beside an autoscaler',
      (objects) => (orders(objects).spec.replicas = 2),
      'orders-depl deployment-targeted-by-hpa-does-not-have-replicas-configured: The deployment is targeted by a HPA, but a static replica count is configured in the DeploymentSpec',
    ],
    [
      'an autoscaler without a target',
      (objects) => (scaler(objects).scaleTargetRef.name = 'orders'),
      'orders horizontalpodautoscaler-has-target: The HPA target does not match anything',
    ],
    [
      'a disruption budget that selects no pods',
      (objects) => (budget(objects).selector = { matchLabels: { app: 'order' } }),
      'orders-depl deployment-has-poddisruptionbudget: No matching PodDisruptionBudget was found',
    ],
  ])('reports %s', (_, plant, fault) => {
    expect(inProduction(plant)).toEqual([fault]);
  });
});

describe('actionlint finds no fault in the workflows', () => {
  let program: string;
  beforeAll(async () => {
    program = await find('actionlint');
  }, installingTakesMs);

  test('in any file', () => {
    expect(workflows().length).toBeGreaterThan(2);
    expect(wrongWorkflows(program, workflows())).toEqual([]);
  });

  test('reports a workflow that needs a missing job', () => {
    const workflow =
      'on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-24.04\n    steps: [{ run: exit }]\n';
    expect(wrongWorkflows(program, ['-'], workflow)).toEqual([
      '<stdin>:3 job "a" needs job "b" which does not exist in this workflow',
    ]);
  });
});
