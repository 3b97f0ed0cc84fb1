import { kubeLinter } from './lint.js';
import { mainContainer, named, type Manifest } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { variant } from './variants.js';

beforeRules();
const check = kubeLinter();

const pod = (objects: Manifest[]) => named(objects, 'StatefulSet', 'auth-mongo').spec.template.spec;
const container = (objects: Manifest[]) => mainContainer(named(objects, 'StatefulSet', 'auth-mongo'));
const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');
const ordersContainer = (objects: Manifest[]) => mainContainer(orders(objects));

rule('pods keep to the restricted standard, with a read-only root filesystem', {
  check,
  controls: [
    {
      fault: 'a pod without a securityContext',
      plant: (objects) => delete pod(objects).securityContext,
      reports: [
        'auth-mongo restricted-pod: the pod has no securityContext',
        'auth-mongo run-as-non-root: container "mongo" is not set to runAsNonRoot',
      ],
    },
    {
      fault: 'a pod that may run as root',
      plant: (objects) => delete pod(objects).securityContext?.runAsNonRoot,
      reports: ['auth-mongo restricted-pod: the pod may run as root'],
    },
    {
      fault: 'a pod without a seccomp profile',
      plant: (objects) => delete pod(objects).securityContext?.seccompProfile,
      reports: ['auth-mongo restricted-pod: the pod has no default seccomp profile'],
    },
    {
      fault: 'a container without a securityContext',
      plant: (objects) => delete container(objects).securityContext,
      reports: [
        'auth-mongo no-read-only-root-fs: container "mongo" does not have a read-only root file system',
        'auth-mongo restricted-capabilities: a container has capabilities',
        'auth-mongo restricted-privileges: a container may gain privileges',
      ],
    },
    {
      fault: "a container that overrides its pod's securityContext",
      plant: (objects) =>
        Object.assign(container(objects).securityContext ?? {}, {
          runAsUser: 0,
          seccompProfile: { type: 'Unconfined' },
          capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
        }),
      reports: [
        'auth-mongo restricted-capabilities: a container has capabilities',
        'auth-mongo restricted-seccomp: a container changes its seccomp profile',
        'auth-mongo run-as-non-root: container "mongo" is set to runAsNonRoot, but runAsUser set to 0',
      ],
    },
    {
      fault: 'a privileged container',
      plant: (objects) => Object.assign(container(objects).securityContext ?? {}, { privileged: true }),
      reports: [
        'auth-mongo privilege-escalation-container: container "mongo" is Privileged hence allows privilege escalation.',
        'auth-mongo privileged-container: container "mongo" is privileged',
      ],
    },
    {
      fault: 'an init container without a securityContext',
      plant: (objects) => (pod(objects).initContainers = [{ ...container(objects), securityContext: {} }]),
      reports: [
        'auth-mongo no-read-only-root-fs: container "mongo" does not have a read-only root file system',
        'auth-mongo restricted-capabilities: a container has capabilities',
        'auth-mongo restricted-privileges: a container may gain privileges',
      ],
    },
    {
      fault: 'a writable service in production',
      in: 'prod',
      plant: (objects) =>
        Object.assign(ordersContainer(objects).securityContext ?? {}, { readOnlyRootFilesystem: false }),
      reports: [
        'orders-depl no-read-only-root-fs: container "service" does not have a read-only root file system',
      ],
    },
    {
      fault: "the node's namespaces and files",
      plant: (objects) =>
        Object.assign(pod(objects), {
          hostNetwork: true,
          hostPID: true,
          hostIPC: true,
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        }),
      reports: [
        "auth-mongo host-ipc: resource shares host's IPC namespace (via hostIPC=true).",
        "auth-mongo host-network: resource shares host's network namespace (via hostNetwork=true).",
        "auth-mongo host-pid: object shares the host's process namespace (via hostPID=true).",
        'auth-mongo no-host-path: a volume is a path of the node',
      ],
    },
    {
      fault: 'a token for the API server',
      plant: (objects) => delete pod(objects).automountServiceAccountToken,
      reports: [
        'auth-mongo default-service-account: found matching serviceAccount ("")',
        'auth-mongo no-api-token: the pod mounts the token of its ServiceAccount',
      ],
    },
    {
      fault: 'a namespace with a lower standard',
      plant: (objects) =>
        (named(objects, 'Namespace', 'ticketing').metadata.labels = {
          'pod-security.kubernetes.io/enforce': 'baseline',
          'pod-security.kubernetes.io/warn': 'restricted',
        }),
      reports: ['ticketing restricted-namespace: the namespace is not restricted'],
    },
    {
      fault: 'an object in another namespace',
      in: 'prod-gateway-api',
      plant: (objects) => (named(objects, 'HTTPRoute', 'ticketing').metadata.namespace = 'default'),
      reports: ['ticketing in-the-namespace: the object is outside the namespace of the overlay'],
    },
    {
      fault: 'a ServiceAccount that gives its token away',
      plant: (objects) => delete named(objects, 'ServiceAccount', 'auth').automountServiceAccountToken,
      reports: ['auth no-account-token: the ServiceAccount gives its token to pods'],
    },
    {
      fault: "another service's ServiceAccount",
      plant: (objects) => (orders(objects).spec.template.spec.serviceAccountName = 'auth'),
      reports: ['orders-depl own-service-account: the pod has no ServiceAccount of its own'],
    },
    {
      fault: 'a missing ServiceAccount',
      plant: (objects) => objects.splice(objects.indexOf(named(objects, 'ServiceAccount', 'orders')), 1),
      reports: ['orders-depl non-existent-service-account: serviceAccount "orders" not found'],
    },
  ],
});

rule('containers request CPU and memory, limit memory, and run an image that never moves', {
  check,
  controls: [
    {
      fault: 'a container without resources',
      plant: (objects) => delete container(objects).resources,
      reports: [
        'auth-mongo unset-cpu-requirements: container "mongo" has cpu request 0',
        'auth-mongo unset-memory-request: container "mongo" has memory request 0',
        'auth-mongo unset-memory-requirements: container "mongo" has memory limit 0',
      ],
    },
    {
      fault: 'a CPU limit',
      plant: (objects) => Object.assign(container(objects).resources?.limits ?? {}, { cpu: '1' }),
      reports: ['auth-mongo no-cpu-limit: container "mongo" has cpu limit 1'],
    },
    ...(
      [
        ['ticketing/orders', 'dev', ['fixed-image', 'latest-tag']],
        ['ticketing/orders:latest', 'dev', ['fixed-image', 'latest-tag']],
        ['ticketing/orders:latest', 'prod', ['fixed-image', 'latest-tag']],
        ['redis:7.4-alpine', 'dev', ['fixed-image']],
      ] as const
    ).map(([image, where, checks]) => ({
      fault: `the image ${image} in ${where}`,
      in: where,
      plant: (objects: Manifest[]) => (ordersContainer(objects).image = image),
      reports: checks.map(
        (name) =>
          `orders-depl ${name}: The container "service" is using an invalid container image, "${image}".`,
      ),
    })),
  ],
});

test('an image that a release sets never moves', () => {
  const images = [
    `registry.example/ticketing-orders:${'a'.repeat(40)}@sha256:${'b'.repeat(64)}`,
    `registry.example/ticketing-orders:${'a'.repeat(40)}`,
  ];
  const faults = images.flatMap((image) => {
    const objects = objectsOf(variant('prod'));
    ordersContainer(objects).image = image;
    return check(objects, variant('prod'));
  });
  expect(faults).toEqual([]);
});
