// The six services, each with its state and the button that kills its process.

import { useMutation } from '@tanstack/react-query';
import { useTexts } from '../shared/language.js';
import type { ProcessStep, Service, Step } from './feed.js';
import { inspectTexts } from './texts.js';

const tags = { ready: 'tag tag-good', starting: 'tag', down: 'tag tag-bad' };

export function Services({
  url,
  services,
  steps,
}: Readonly<{ url: string; services: readonly Service[]; steps: readonly Step[] }>) {
  const texts = useTexts(inspectTexts);
  const kill = useMutation({
    mutationFn: async (name: string) => {
      const response = await fetch(`${url}/services/${name}/kill`, { method: 'POST' });
      if (!response.ok) throw new Error(`The response has status ${response.status}.`);
    },
  });
  return (
    <section aria-labelledby="inspect-services">
      <h2 id="inspect-services">{texts.services}</h2>
      <p className="muted">{texts.servicesLead}</p>
      <p className="inspect-news" role="status">
        {newsIn(steps, texts.news)}
      </p>
      {kill.isError && (
        <p className="notice notice-problem" role="alert">
          {texts.notKilled}
        </p>
      )}
      <ul className="inspect-services">
        {services.map((service) => (
          <ServiceCard key={service.name} service={service} onKill={() => kill.mutate(service.name)} />
        ))}
      </ul>
    </section>
  );
}

function ServiceCard({
  service: { name, health, pid, kills },
  onKill,
}: Readonly<{ service: Service; onKill: () => void }>) {
  const texts = useTexts(inspectTexts);
  return (
    <li className="card inspect-service">
      <h3>
        {name} <span className={tags[health]}>{texts.health[health]}</span>
      </h3>
      <p className="small muted">{texts.duty[name]}</p>
      <p className="small muted">
        {[pid !== undefined && texts.process(pid), kills > 0 && texts.killed(kills)]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <button
        type="button"
        className="button button-bad"
        aria-label={texts.kill(name)}
        disabled={health === 'down'}
        onClick={onKill}
      >
        kill -9
      </button>
    </li>
  );
}

/** The state of the process that was killed last. */
function newsIn(
  steps: readonly Step[],
  news: Readonly<Record<ProcessStep['what'], (service: string) => string>>,
): string {
  const processes = steps.filter((step) => step.kind === 'process');
  const killed = processes.findLast(({ what }) => what === 'killed');
  if (!killed) return '';
  const since = processes.filter(
    ({ service, number }) => service === killed.service && number >= killed.number,
  );
  return since.map(({ service, what }) => news[what](service)).join(' ');
}
