// Runs a Prometheus in the namespace `monitoring` with the configuration and rules of infra/observability.

import { root } from '@ticketing/common/testing/servers';
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventuallyEquals } from './journeys.js';
import { kubectl } from './kubectl.js';
import { services } from './system.js';

const rules = join(root, 'infra', 'observability', 'prometheus', 'rules.yml');

type Rule = { name: string; health: string; state: string };
type Groups<T> = { groups: { rules: T[] }[] };

/** Checks that Prometheus scrapes every service, evaluates every rule, and raises no alert. */
export async function servicesAreMonitored(): Promise<string> {
  await kubectl(['apply', '-k', join(root, 'tests', 'cluster', 'overlays', 'monitoring')]);
  await kubectl(['-n', 'monitoring', 'rollout', 'status', 'deployment/prometheus', '--timeout=300s']);
  await eventuallyEquals([...services].sort().join(), servicesUp);

  const inFile = (parse(readFileSync(rules, 'utf8')) as Groups<{ alert: string }>).groups.flatMap((group) =>
    group.rules.map(({ alert }) => alert),
  );
  await eventuallyEquals(inFile.join(), async () =>
    (await loadedRules())
      .filter(({ health }) => health === 'ok')
      .map(({ name }) => name)
      .join(),
  );
  const firing = (await loadedRules()).filter(({ state }) => state === 'firing');
  assert.deepEqual(
    firing.map(({ name }) => name),
    [],
  );
  return `${services.length} services, ${inFile.length} rules, none firing`;
}

async function servicesUp(): Promise<string> {
  // The job `volumes` reads the nodes, which belong to no service.
  type Target = { health: string; labels: { job: string; service: string } };
  const { activeTargets } = await query<{ activeTargets: Target[] }>('targets');
  const up = activeTargets.filter(({ health, labels }) => health === 'up' && labels.job === 'ticketing');
  return [...new Set(up.map(({ labels }) => labels.service))].sort().join();
}

const loadedRules = async (): Promise<Rule[]> =>
  (await query<Groups<Rule>>('rules')).groups.flatMap((group) => group.rules);

async function query<T>(what: string): Promise<T> {
  const path = `/api/v1/namespaces/monitoring/services/prometheus:http/proxy/api/v1/${what}`;
  const { out } = await kubectl(['get', '--raw', path]);
  return (JSON.parse(out) as { data: T }).data;
}
