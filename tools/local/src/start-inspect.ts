// The side of `npm start` in the page `/inspect`: it tells which process each service is, and kills one on request.

import { join } from 'node:path';
import { startChild, type Child } from '@ticketing/common/testing/servers';
import { isService, type ProcessNews, type ServiceName } from './inspect/services.js';
import { services, type Ports } from './ports.js';
import { supervise } from './supervisor.js';

/** Called with each start of the first process of a service. */
export type OnStart = (service: ServiceName, child: Child) => void;

export function startInspect(ports: Ports, env: NodeJS.ProcessEnv): OnStart {
  const running = new Map<ServiceName, Child>();
  const killed = new Set<Child>();
  const { NAMESPACE, EVENT_BUS, NATS_URL, NATS_REPLICAS, NATS_CLUSTER_ID, MONGO_URI } = env;
  const inspect = startChild({
    name: 'inspect',
    program: process.execPath,
    args: [join(__dirname, 'inspect', 'main.js')],
    env: {
      ...{ NAMESPACE, EVENT_BUS, NATS_URL, NATS_REPLICAS, NATS_CLUSTER_ID, MONGO_URI },
      PORT: `${ports.inspect}`,
      GATEWAY_PORT: `${ports.gateway}`,
      SERVICE_PORTS: JSON.stringify(Object.fromEntries(services.map((name) => [name, ports[name]]))),
    },
    onMessage(message) {
      const { kill } = message as { kill?: string };
      if (isService(kill)) killNow(kill);
    },
  });
  // The system runs on without it.
  supervise(inspect, () => 'ignored');
  const tell = (news: ProcessNews) => {
    if (inspect.process.connected) inspect.process.send(news);
  };

  function killNow(service: ServiceName): void {
    const child = running.get(service);
    const pid = child?.process.pid;
    if (!child || pid === undefined) return;
    killed.add(child);
    running.delete(service);
    tell({ service, what: 'killed', pid });
    // The whole group: with --watch, the service is a child of its watcher.
    process.kill(-pid, 'SIGKILL');
  }

  return (service, child) => {
    const { pid } = child.process;
    running.set(service, child);
    tell({ service, what: 'started', pid });
    void child.ended.then(() => {
      if (running.get(service) === child) running.delete(service);
      if (!killed.delete(child)) tell({ service, what: 'ended', pid });
    });
  };
}
