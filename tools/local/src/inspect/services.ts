// The processes of the services: npm start tells when they start and end; their health is asked for every half second.

import { setTimeout as delay } from 'node:timers/promises';
import { services, type ServiceName } from '../ports.js';
import type { Feed, Health, ProcessStep } from './feed.js';

export type { ServiceName };

/** A change of a process, as `npm start` reports it. */
export type ProcessNews = Readonly<{
  service: ServiceName;
  what: Exclude<ProcessStep['what'], 'ready'>;
  pid: number | undefined;
}>;

type State = { health: Health; pid: number | undefined; kills: number };

export const isService = (name: string | undefined): name is ServiceName =>
  services.some((service) => service === name);

export function watchServices(feed: Feed, ports: Readonly<Record<ServiceName, number>>) {
  const states = new Map<ServiceName, State>(
    services.map((name) => [name, { health: 'down', pid: undefined, kills: 0 }]),
  );
  const tell = () =>
    feed.tell(
      'services',
      [...states].map(([name, state]) => ({ name, ...state })),
    );
  const stateOf = (service: ServiceName) => states.get(service) as State;
  const add = (service: ServiceName, what: ProcessStep['what'], pid: number | undefined) =>
    feed.add({ kind: 'process', at: new Date().toISOString(), service, what, pid });

  return {
    news({ service, what, pid }: ProcessNews): void {
      const state = stateOf(service);
      if (what === 'started') state.pid = pid;
      else state.health = 'down';
      if (what === 'killed') state.kills += 1;
      add(service, what, pid);
      tell();
    },
    async poll(stopping: AbortSignal): Promise<void> {
      while (!stopping.aborted) {
        await Promise.all(
          services.map(async (service) => {
            const state = stateOf(service);
            const { pid } = state;
            const health = await healthAt(ports[service]);
            // An answer of a process that was killed meanwhile says nothing about the present one.
            if (state.pid !== pid || health === state.health) return;
            state.health = health;
            if (health === 'ready') add(service, 'ready', pid);
          }),
        );
        tell();
        await delay(500, undefined, { signal: stopping }).catch(() => undefined);
      }
    },
  };
}

async function healthAt(port: number): Promise<Health> {
  try {
    const signal = AbortSignal.timeout(2_000);
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
    return ok ? 'ready' : 'starting';
  } catch {
    return 'down';
  }
}
