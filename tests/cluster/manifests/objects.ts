// The rendered objects, with the fields that the checks read.

export type Labels = Record<string, string>;
export type Selector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
};

type SecretKey = { name: string; key: string; optional?: boolean };
export type Variable = {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: SecretKey; fieldRef?: { fieldPath: string } };
};
type Handler = { exec?: { command: string[] }; sleep?: { seconds: number } };

export type Container = {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  env?: Variable[];
  envFrom?: object[];
  ports?: { name: string; containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string }[];
  resources?: { requests?: Labels; limits?: Labels };
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    privileged?: boolean;
    readOnlyRootFilesystem?: boolean;
    runAsNonRoot?: boolean;
    runAsUser?: number;
    capabilities?: { drop?: string[]; add?: string[] };
    seccompProfile?: { type: string };
  };
  startupProbe?: Handler;
  readinessProbe?: Handler;
  livenessProbe?: Handler;
  lifecycle?: { preStop?: Handler; postStart?: Handler };
};

type Spread = { topologyKey: string; whenUnsatisfiable: string; labelSelector: Selector };

export type Workload = Manifest & {
  spec: {
    replicas?: number;
    serviceName?: string;
    selector: Selector;
    strategy?: { rollingUpdate?: { maxUnavailable?: number | string } };
    volumeClaimTemplates?: {
      metadata: { name: string; labels?: Labels };
      spec: { resources: { requests: Labels } };
    }[];
    template: {
      metadata: { labels?: Labels };
      spec: {
        containers: Container[];
        initContainers?: Container[];
        serviceAccountName?: string;
        automountServiceAccountToken?: boolean;
        terminationGracePeriodSeconds?: number;
        hostNetwork?: boolean;
        hostPID?: boolean;
        hostIPC?: boolean;
        securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } };
        topologySpreadConstraints?: Spread[];
        volumes?: {
          name: string;
          configMap?: { name: string };
          secret?: { secretName: string };
          hostPath?: object;
        }[];
      };
    };
  };
};

export type Service = Manifest & {
  spec: {
    clusterIP?: string;
    publishNotReadyAddresses?: boolean;
    selector?: Labels;
    ports: { name: string; port: number; targetPort?: number | string }[];
  };
};

export type Ingress = Manifest & {
  spec: {
    ingressClassName?: string;
    tls?: { hosts: string[]; secretName: string }[];
    rules: {
      host?: string;
      http: {
        paths: {
          path: string;
          pathType: string;
          backend: { service: { name: string; port: { number: number } } };
        }[];
      };
    }[];
  };
};

export type Gateway = Manifest & {
  spec: {
    listeners: {
      name: string;
      protocol: string;
      hostname?: string;
      tls?: { certificateRefs?: { name: string }[] };
    }[];
  };
};

export type HttpRoute = Manifest & {
  spec: {
    parentRefs: { name: string }[];
    hostnames: string[];
    rules: {
      matches: { path: { type: string; value: string } }[];
      backendRefs: { name: string; port: number }[];
    }[];
  };
};

export type Peer = {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
};
export type PolicyPort = { port?: number | string; protocol?: string; endPort?: number };
export type PolicyRule = { from?: Peer[]; to?: Peer[]; ports?: PolicyPort[] };
export type NetworkPolicy = Manifest & {
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: PolicyRule[]; egress?: PolicyRule[] };
};

export type DisruptionBudget = Manifest & {
  spec: { maxUnavailable?: number | string; selector?: Selector };
};
export type Autoscaler = Manifest & {
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number };
};

export type ClusterRole = Manifest & {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
};
export type ClusterRoleBinding = Manifest & {
  roleRef: { kind: string; name: string };
  subjects: { kind: string; name: string }[];
};

type CronJob = Manifest & { spec: { jobTemplate: { spec: Pick<Workload['spec'], 'template'> } } };

type Kinds = {
  ConfigMap: Manifest & { data?: Labels };
  CronJob: CronJob;
  Deployment: Workload;
  Gateway: Gateway;
  HTTPRoute: HttpRoute;
  HorizontalPodAutoscaler: Autoscaler;
  Ingress: Ingress;
  Namespace: Manifest;
  NetworkPolicy: NetworkPolicy;
  PodDisruptionBudget: DisruptionBudget;
  ClusterRole: ClusterRole;
  ClusterRoleBinding: ClusterRoleBinding;
  Secret: Manifest;
  Service: Service;
  ServiceAccount: Manifest & { automountServiceAccountToken?: boolean };
  StatefulSet: Workload;
};

/** The cast is safe: kubeconform checks that an object matches its kind's schema. */
export function ofKind<Kind extends keyof Kinds>(objects: readonly Manifest[], kind: Kind): Kinds[Kind][] {
  return objects.filter((object) => object.kind === kind) as Kinds[Kind][];
}

/** @throws Error if there is none */
export function named<Kind extends keyof Kinds>(
  objects: readonly Manifest[],
  kind: Kind,
  name: string,
): Kinds[Kind] {
  const found = ofKind(objects, kind).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`The overlay has no ${kind} ${name}.`);
  return found;
}

/** A CronJob as a workload selects no pods. */
export function workloads(objects: readonly Manifest[]): Workload[] {
  const jobs = ofKind(objects, 'CronJob').map(({ spec: { jobTemplate }, ...job }) => ({
    ...job,
    spec: { selector: {}, template: jobTemplate.spec.template },
  }));
  return [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'StatefulSet'), ...jobs];
}

export function containers({ spec: { template } }: Workload): Container[] {
  return [...(template.spec.initContainers ?? []), ...template.spec.containers];
}

/** The first container. */
export function mainContainer(workload: Workload): Container {
  const [container] = workload.spec.template.spec.containers;
  if (!container) throw new Error(`${workload.metadata.name} has no container.`);
  return container;
}

export const podLabels = ({ spec: { template } }: Workload): Labels => template.metadata.labels ?? {};

/** An empty selector selects everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      const among = value !== undefined && values.includes(value);
      if (operator === 'In') return among;
      if (operator === 'NotIn') return !among;
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
