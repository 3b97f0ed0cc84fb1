// The routes of the ingress manifest, so that the gateway routes as the cluster does.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const Ingress = z.object({
  kind: z.literal('Ingress'),
  spec: z.object({
    rules: z.array(
      z.object({
        http: z.object({
          paths: z.array(
            z.object({
              path: z.string().startsWith('/'),
              pathType: z.literal('Prefix'),
              backend: z.object({ service: z.object({ name: z.string() }) }),
            }),
          ),
        }),
      }),
    ),
  }),
});

export type Route = Readonly<{ path: string; service: string }>;

/** @throws ZodError when the manifest uses a feature that the gateway lacks, so that the two cannot diverge */
export function routesIn(file: string): Route[] {
  const { spec } = Ingress.parse(parse(readFileSync(file, 'utf8')));
  return spec.rules.flatMap(({ http }) =>
    http.paths.map(({ path, backend }) => ({ path, service: backend.service.name })),
  );
}

/**
 * The service for a path, by the longest matching prefix. Prefixes match whole segments: `/api/users` does not match
 * `/api/usersx`.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types
 */
export function serviceFor(routes: readonly Route[], path: string): string | undefined {
  const matches = routes.filter((route) => {
    const prefix = route.path.replace(/\/$/, '');
    return path === prefix || path.startsWith(`${prefix}/`);
  });
  return matches.sort((a, b) => b.path.length - a.path.length)[0]?.service;
}
