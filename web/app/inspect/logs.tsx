// The newest events of the bus and writes of the stores, of every purchase and of everything else.

import type { ReactNode } from 'react';
import { useTexts } from '../shared/language.js';
import { useClock } from './clock.js';
import type { Sources, Step } from './feed.js';
import { inspectTexts } from './texts.js';

const maxShown = 20;

type Props = Readonly<{ steps: readonly Step[]; sources: Sources | undefined }>;

export function EventLog({ steps, sources }: Props) {
  const texts = useTexts(inspectTexts);
  const { timeOfDay } = useClock();
  const events = steps
    .filter((step) => step.kind === 'event')
    .slice(-maxShown)
    .toReversed();
  return (
    <Log
      title={texts.bus}
      lead={sources?.events ? texts.busIs(sources.bus) : texts.busAway}
      isEmpty={events.length === 0}
    >
      {events.map(({ number, at, type, from, to, subject, data }) => (
        <li key={number}>
          <p>
            <span className="inspect-time">{timeOfDay(at)}</span> <strong>{type}</strong>
          </p>
          <p className="small muted">
            {from} → {to.join(', ') || texts.nobody} · <code>{subject}</code>
          </p>
          <details className="small">
            <summary aria-label={`${texts.data}: ${type}, ${timeOfDay(at)}`}>{texts.data}</summary>
            <pre>{JSON.stringify(data, undefined, 2)}</pre>
          </details>
        </li>
      ))}
    </Log>
  );
}

export function StoreLog({ steps, sources }: Props) {
  const texts = useTexts(inspectTexts);
  const { timeOfDay } = useClock();
  const documents = steps
    .filter((step) => step.kind === 'document')
    .slice(-maxShown)
    .toReversed();
  return (
    <Log
      title={texts.stores}
      lead={sources?.stores ? texts.storesLead : texts.storesAway}
      isEmpty={documents.length === 0}
    >
      {documents.map(({ number, at, service, collection, what, documentId, status, version, fields }) => (
        <li key={number}>
          <p>
            <span className="inspect-time">{timeOfDay(at)}</span>{' '}
            <strong>
              {service}.{collection}
            </strong>{' '}
            {what}
          </p>
          <p className="small muted">
            {[status, version !== undefined && texts.version(version)].filter(Boolean).join(', ')}{' '}
            <code>{documentId}</code>
          </p>
          <p className="small muted">{fields.join(', ')}</p>
        </li>
      ))}
    </Log>
  );
}

function Log({
  title,
  lead,
  isEmpty,
  children,
}: Readonly<{ title: string; lead: string; isEmpty: boolean; children: ReactNode }>) {
  const { nothingYet } = useTexts(inspectTexts);
  return (
    <section>
      <h2>{title}</h2>
      <p className="muted">{lead}</p>
      {isEmpty ? <p className="card">{nothingYet}</p> : <ol className="inspect-log card">{children}</ol>}
    </section>
  );
}
