import { mainContainer, named, type Manifest } from './objects.js';
import { hastyEnds, unrestrictedNamespaces, unsafePods, wrongAccounts, wrongResources } from './pods.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

const pod = (objects: Manifest[]) => named(objects, 'StatefulSet', 'auth-mongo').spec.template.spec;
const container = (objects: Manifest[]) => mainContainer(named(objects, 'StatefulSet', 'auth-mongo'));
const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');

rule('every pod keeps to the restricted standard, with a root filesystem that is only read', {
  check: unsafePods,
  controls: [
    {
      of: 'a pod that says nothing',
      spoil: (objects) => delete pod(objects).securityContext,
      says: ['auth-mongo may run as root', 'auth-mongo has no seccomp profile'],
    },
    {
      of: 'a container that says nothing',
      spoil: (objects) => delete container(objects).securityContext,
      says: [
        'auth-mongo may become more than it is',
        'auth-mongo has capabilities',
        'auth-mongo may write to its root filesystem',
      ],
    },
    {
      of: 'a container that undoes what its pod says',
      spoil: (objects) =>
        Object.assign(container(objects).securityContext ?? {}, {
          runAsUser: 0,
          seccompProfile: { type: 'Unconfined' },
          capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
        }),
      says: [
        'auth-mongo has capabilities',
        'auth-mongo may run as root',
        'auth-mongo has no seccomp profile',
      ],
    },
    {
      of: 'a first container that says nothing',
      spoil: (objects) => (pod(objects).initContainers = [{ ...container(objects), securityContext: {} }]),
      says: [
        'auth-mongo may become more than it is',
        'auth-mongo has capabilities',
        'auth-mongo may write to its root filesystem',
      ],
    },
    {
      of: 'a service that writes in production',
      in: 'prod',
      spoil: (objects) =>
        Object.assign(mainContainer(orders(objects)).securityContext ?? {}, {
          readOnlyRootFilesystem: false,
        }),
      says: ['orders-depl may write to its root filesystem'],
    },
    {
      of: "the host's network and files",
      spoil: (objects) =>
        Object.assign(pod(objects), {
          hostNetwork: true,
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        }),
      says: ['auth-mongo takes part in its host', 'auth-mongo has files of its host'],
    },
    {
      of: 'a token for the API server',
      spoil: (objects) => delete pod(objects).automountServiceAccountToken,
      says: ["auth-mongo has its ServiceAccount's token"],
    },
  ],
});

rule('everything is in the namespace, which enforces that', {
  check: unrestrictedNamespaces,
  controls: [
    {
      of: 'a lower standard',
      spoil: (objects) =>
        (named(objects, 'Namespace', 'ticketing').metadata.labels = {
          'pod-security.kubernetes.io/enforce': 'baseline',
          'pod-security.kubernetes.io/warn': 'restricted',
        }),
      says: [
        'ticketing does not enforce the restricted standard',
        'ticketing does not audit the restricted standard',
      ],
    },
    {
      of: 'an object elsewhere',
      spoil: (objects) => (orders(objects).metadata.namespace = 'default'),
      says: ['Deployment orders-depl is in default'],
    },
  ],
});

rule('a service has a ServiceAccount of its own, without a token', {
  check: wrongAccounts,
  controls: [
    {
      of: 'a token',
      spoil: (objects) => delete named(objects, 'ServiceAccount', 'auth').automountServiceAccountToken,
      says: ['ServiceAccount auth gives its token away'],
    },
    {
      of: "another's account",
      spoil: (objects) => (orders(objects).spec.template.spec.serviceAccountName = 'auth'),
      says: ['orders has no ServiceAccount of its own'],
    },
  ],
});

rule('every container requests CPU and memory, and is limited in memory only', {
  check: wrongResources,
  controls: [
    {
      of: 'no resources',
      spoil: (objects) => delete container(objects).resources,
      says: [
        'auth-mongo requests no cpu',
        'auth-mongo requests no memory',
        'auth-mongo has no limit of memory',
      ],
    },
    {
      of: 'a limit of CPU',
      spoil: (objects) => Object.assign(container(objects).resources?.limits ?? {}, { cpu: '1' }),
      says: ['auth-mongo has a limit of CPU'],
    },
  ],
});

rule('a service has the time that it needs to end', {
  check: hastyEnds,
  controls: [
    {
      of: 'a delay of its own too',
      spoil: (objects) =>
        mainContainer(orders(objects)).env?.push({ name: 'SHUTDOWN_DELAY_MS', value: '10000' }),
      says: ['orders needs 40 s to end, and has 35'],
    },
    {
      of: 'what Kubernetes gives by itself',
      spoil: (objects) => {
        delete orders(objects).spec.template.spec.terminationGracePeriodSeconds;
        mainContainer(orders(objects)).lifecycle = { preStop: { sleep: { seconds: 6 } } };
      },
      says: ['orders needs 31 s to end, and has 30'],
    },
    {
      of: 'no delay',
      spoil: (objects) => delete mainContainer(orders(objects)).lifecycle,
      says: ['orders does not wait until it is off the lists'],
    },
  ],
});
