// The Ingress and the HTTPRoute lead to the services' routes.

import { shop } from '@ticketing/api-docs';
import { serviceFor } from '@ticketing/local';
import { services } from './declared.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { variablesOf } from './variables.js';
import type { Variant } from './variants.js';

type Path = Readonly<{ path: string; service: string; port: number }>;

const ingressPaths = (objects: readonly Manifest[]): Path[] =>
  ofKind(objects, 'Ingress').flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) =>
      http.paths.map(({ path, backend: { service } }) => ({
        path,
        service: service.name,
        port: service.port.number,
      })),
    ),
  );

const gatewayPaths = (objects: readonly Manifest[]): Path[] =>
  ofKind(objects, 'HTTPRoute').flatMap(({ spec }) =>
    spec.rules.flatMap(({ matches, backendRefs }) =>
      matches.flatMap(({ path }) =>
        backendRefs.map(({ name, port }) => ({ path: path.value, service: name, port })),
      ),
    ),
  );

/** A variant has either an Ingress or an HTTPRoute. */
const paths = (objects: readonly Manifest[]) => [...ingressPaths(objects), ...gatewayPaths(objects)];

export function misroutedPaths(objects: readonly Manifest[]): string[] {
  const all = paths(objects);
  const ofServices = services.flatMap(({ name, routes: own, files }) =>
    [...own, ...Object.keys(files).map((path) => ({ method: 'get', path }))].map(({ method, path }) => ({
      method,
      path,
      owner: `${name}-srv`,
    })),
  );
  // The shop answers every path that no service handles.
  const ofShop = ['/', '/orders', '/assets/index.js', '/api/nothing'].map((path) => ({
    method: 'get',
    path,
    owner: `${shop.name}-srv`,
  }));
  const routes = [...ofServices, ...ofShop];
  return [
    ...routes.flatMap(({ method, path, owner }) => {
      const to = serviceFor(all, path);
      return to === owner
        ? []
        : [`${method.toUpperCase()} ${path} leads to ${to ?? 'nowhere'}, not to ${owner}`];
    }),
    ...all
      .filter(
        ({ path, service }) =>
          !routes.some((route) => route.owner === service && serviceFor([{ path, service }], route.path)),
      )
      .map(({ path, service }) => `${service} has no route under ${path}`),
  ];
}

export function missingBackends(objects: readonly Manifest[]): string[] {
  const found = (name: string, port: number) =>
    ofKind(objects, 'Service').some(
      ({ metadata, spec }) => metadata.name === name && spec.ports.some((open) => open.port === port),
    );
  return paths(objects)
    .filter(({ service, port }) => !found(service, port))
    .map(({ path, service, port }) => `${path} leads to ${service}:${port}, which does not exist`);
}

/** Finds rules that only some controllers support. */
export function controllerSpecificRules(objects: readonly Manifest[], { host }: Variant): string[] {
  const ingresses = ofKind(objects, 'Ingress').flatMap(({ metadata, spec }) => [
    ...(metadata.name === 'ingress-service' ? [] : [`the Ingress is named ${metadata.name}`]),
    ...Object.keys(metadata.annotations ?? {}).map((name) => `the Ingress has the annotation ${name}`),
    ...spec.rules.flatMap((rule) => [
      ...(rule.host === host ? [] : [`the Ingress is for ${rule.host ?? 'any host'}`]),
      ...rule.http.paths
        .filter(({ pathType }) => pathType !== 'Prefix')
        .map(({ path, pathType }) => `${path} is ${pathType}`),
    ]),
  ]);
  const routes = ofKind(objects, 'HTTPRoute').flatMap(({ spec }) => [
    ...(spec.hostnames.join() === host ? [] : [`the HTTPRoute is for ${spec.hostnames.join()}`]),
    ...spec.rules.flatMap(({ matches }) =>
      matches
        .filter(({ path }) => path.type !== 'PathPrefix')
        .map(({ path }) => `${path.value} is ${path.type}`),
    ),
    ...spec.parentRefs
      .filter(({ name }) => !ofKind(objects, 'Gateway').some(({ metadata }) => metadata.name === name))
      .map(({ name }) => `there is no Gateway ${name}`),
  ]);
  const entryPoints = ofKind(objects, 'Ingress').length + ofKind(objects, 'HTTPRoute').length;
  return [...ingresses, ...routes, ...(entryPoints === 1 ? [] : [`there are ${entryPoints} entry points`])];
}

/** The paths that only the Ingress or only the HTTPRoute has. */
export function differentPaths(ingress: readonly Manifest[], gateway: readonly Manifest[]): string[] {
  const [fromIngress, fromGateway] = [ingressPaths(ingress), gatewayPaths(gateway)].map((list) =>
    list.map(({ path, service, port }) => `${path} to ${service}:${port}`),
  );
  return [
    ...(fromIngress ?? [])
      .filter((path) => !fromGateway?.includes(path))
      .map((path) => `only the Ingress leads ${path}`),
    ...(fromGateway ?? [])
      .filter((path) => !fromIngress?.includes(path))
      .map((path) => `only the HTTPRoute leads ${path}`),
  ];
}

/** The host of a mail's links is the one at which the Ingress answers. */
export function foreignLinks(objects: readonly Manifest[], { host }: Variant): string[] {
  const workload = named(objects, 'Deployment', 'notifications-depl');
  const url = variablesOf(mainContainer(workload), workload).get('PUBLIC_URL');
  return url === `https://${host}` ? [] : [`the links in mails lead to ${url}, not to https://${host}`];
}

export function unencryptedEntries(objects: readonly Manifest[], { production, host }: Variant): string[] {
  if (!production) return [];
  const certificate = 'ticketing-tls';
  return [
    ...ofKind(objects, 'Ingress')
      .filter(
        ({ spec }) =>
          !spec.tls?.some(({ hosts, secretName }) => hosts.includes(host) && secretName === certificate),
      )
      .map(() => `the Ingress has no certificate for ${host}`),
    ...ofKind(objects, 'Gateway').flatMap(({ spec }) =>
      spec.listeners
        .filter(
          ({ protocol, tls }) => protocol !== 'HTTPS' || tls?.certificateRefs?.[0]?.name !== certificate,
        )
        .map(({ name }) => `the listener ${name} has no certificate for ${host}`),
    ),
    ...services
      .filter(({ name }) => {
        const [container] = named(objects, 'Deployment', `${name}-depl`).spec.template.spec.containers;
        return !container?.env?.some(
          (variable) => variable.name === 'COOKIE_SECURE' && variable.value === 'true',
        );
      })
      .map(({ name }) => `${name} may send its cookie without TLS`),
  ];
}
