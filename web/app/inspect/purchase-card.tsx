// One purchase, and its way through the services as a time line.

import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import type { DocumentStep, EventStep, ProcessStep, Step } from './feed.js';
import { linesOf, type Purchase } from './purchases.js';
import { inspectTexts } from './texts.js';
import { useClock } from './clock.js';

const statusTags: Readonly<Record<string, string>> = { complete: 'tag tag-good', created: 'tag' };

export function PurchaseCard({ purchase, isOpen }: Readonly<{ purchase: Purchase; isOpen: boolean }>) {
  const texts = useTexts(inspectTexts);
  const { money } = useFormats();
  const { orderId, title, price, places, status, charges, kills, steps } = purchase;
  const begin = Date.parse(steps[0]?.at ?? '');
  return (
    <details className="card inspect-purchase" open={isOpen}>
      <summary>
        <h3>{title ?? orderId}</h3>
        <span className="row small">
          {status !== undefined && (
            <span className={statusTags[status] ?? 'tag tag-quiet'}>{texts.status[status] ?? status}</span>
          )}
          {places !== undefined && <span>{texts.placesOf(places)}</span>}
          {price && <span className="price">{money(price.amount, price.currency)}</span>}
          {charges > 0 && (
            <span className={charges === 1 ? 'tag tag-good' : 'tag tag-bad'}>
              {charges === 1 ? texts.chargedOnce : texts.charged(charges)}
            </span>
          )}
          {kills > 0 && <span className="tag tag-bad">{texts.killsMeanwhile(kills)}</span>}
        </span>
      </summary>
      <ol className="inspect-line">
        {linesOf(steps).map(({ step, times, isRepeated }) => (
          <li key={step.number} className={`inspect-step inspect-${lookOf(step)}`}>
            <Offset ms={Date.parse(step.at) - begin} />
            {step.kind === 'event' && <EventLine step={step} isRepeated={isRepeated} />}
            {step.kind === 'document' && <DocumentLine step={step} times={times} />}
            {step.kind === 'process' && <ProcessLine step={step} />}
          </li>
        ))}
      </ol>
    </details>
  );
}

const lookOf = (step: Step) =>
  step.kind === 'process' && step.what === 'ready' ? 'process inspect-ready' : step.kind;

/** Time since the purchase began. */
function Offset({ ms }: Readonly<{ ms: number }>) {
  const { seconds } = useClock();
  return <span className="inspect-time">{`+${seconds(Math.max(0, ms))}`}</span>;
}

function EventLine({
  step: { type, from, to },
  isRepeated,
}: Readonly<{ step: EventStep; isRepeated: boolean }>) {
  const texts = useTexts(inspectTexts);
  return (
    <div>
      <p>{isRepeated ? texts.repeated : (texts.event[type] ?? type)}</p>
      <p className="small muted">
        <code>{type}</code> {from} → {to.join(', ') || texts.nobody}
      </p>
    </div>
  );
}

function DocumentLine({ step, times }: Readonly<{ step: DocumentStep; times: number }>) {
  const texts = useTexts(inspectTexts);
  const { service, collection, status, version } = step;
  const name = `${service}.${collection}`;
  const sentence =
    texts.document[`${name} ${status}`] ??
    texts.document[name] ??
    texts.document[collection] ??
    texts.writes(service, collection);
  const state = [status, version !== undefined && texts.version(version)].filter(Boolean).join(', ');
  return (
    <p className="small">
      {sentence} {times > 1 && <strong>{`×\u2009${times}`}</strong>}{' '}
      <span className="muted">
        <code>{name}</code> {state}
      </span>
    </p>
  );
}

function ProcessLine({ step: { service, what, pid } }: Readonly<{ step: ProcessStep }>) {
  const texts = useTexts(inspectTexts);
  return (
    <p>
      {texts.news[what](service)}{' '}
      {pid !== undefined && <span className="small muted">{texts.process(pid)}</span>}
    </p>
  );
}
