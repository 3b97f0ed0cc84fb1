// Replaces processes of one release by those of another, as a Deployment does, and directs the requests meanwhile.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@ticketing/common/testing';
import { root } from '@ticketing/common/testing/servers';
import type { Rotation, Service } from '../workload/people.js';
import type { ChaosSystem } from './chaos-system.js';
import { workspaceOf, type ServiceName } from './environment.js';
import { expectReady } from './processes.js';

export const shutdownDelayMs = 3_000;
/** The endpoints of a Service learn a little later that a pod is not ready. */
const noticedAfterMs = 300;
const readyWithinMs = 180_000;

export type Releases = Readonly<{
  /** Does the previous release have this service? */
  isInPrevious(name: ServiceName): boolean;
  buildOf(name: ServiceName): string;
  updated: Set<ServiceName>;
}>;

/** Which release each process runs: at first the previous one, for services that it has. */
export async function chooseReleases(previous: string, names: readonly ServiceName[]): Promise<Releases> {
  const updated = new Set<ServiceName>();
  const missing = new Set<string>();
  for (const workspace of names.map(workspaceOf))
    await access(join(previous, workspace, 'dist', 'main.js')).catch(() => missing.add(workspace));
  const isInPrevious = (name: ServiceName) => !missing.has(workspaceOf(name));
  return {
    updated,
    isInPrevious,
    buildOf: (name) => (updated.has(name) || !isInPrevious(name) ? root : previous),
  };
}

/** The processes that are ready get the requests, in turn. */
export function createRotation(urls: (service: string) => readonly string[]) {
  const away = new Set<string>();
  let requests = 0;
  const isServing = (url: string) => !away.has(url);
  const all = (service: Service) => urls(service).filter(isServing);
  return {
    isServing,
    all,
    next(service: Service): string {
      const serving = all(service);
      requests += 1;
      const url = serving[requests % serving.length];
      if (url === undefined) throw new Error(`no process of ${service} is ready`);
      return url;
    },
    leave: (url: string) => void away.add(url),
    join: (url: string) => void away.delete(url),
  } satisfies Rotation & Record<string, unknown>;
}

/** Replaces these processes, all at once. Those of services that the previous release lacks stay. */
export async function roll(
  { system, releases, rotation }: RollingSystem,
  names: readonly ServiceName[],
  to: 'this release' | 'the previous release',
): Promise<void> {
  const replaced = names.filter(releases.isInPrevious);
  await Promise.all(
    replaced.map(async (name) => {
      if (to === 'this release') releases.updated.add(name);
      else releases.updated.delete(name);
      const url = system.url(name);
      const serves = system.services[name]?.kill(() => Promise.resolve(), 'SIGTERM');
      await delay(noticedAfterMs);
      rotation.leave(url);
      await serves;
      await eventually(() => expectReady(Number(new URL(url).port)), readyWithinMs);
      rotation.join(url);
    }),
  );
}

export type RollingSystem = Readonly<{
  system: ChaosSystem;
  releases: Releases;
  rotation: ReturnType<typeof createRotation>;
}>;
