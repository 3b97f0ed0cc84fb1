// The saved ticket beside the seller's unsaved entries, after a conflict.

import { useEffect, useRef } from 'react';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { differences, offerFields, offerOf, type Offer, type OfferField } from './offer.js';
import type { Saved } from './save.js';
import { sellTexts } from './texts.js';

type ConflictProps = Readonly<{
  conflict: Extract<Saved, { outcome: 'conflict' }>;
  isBusy: boolean;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
}>;

export function Conflict({ conflict, isBusy, onKeepMine, onTakeTheirs }: ConflictProps) {
  const texts = useTexts(sellTexts);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [conflict]);
  return (
    <section className="card conflict">
      <h3 ref={heading} tabIndex={-1}>
        {texts.conflictTitle}
      </h3>
      <p>{texts.conflict}</p>
      <Comparison conflict={conflict} />
      <p className="row">
        <button type="button" className="button button-main" disabled={isBusy} onClick={onKeepMine}>
          {texts.keepMine}
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={onTakeTheirs}>
          {texts.takeTheirs}
        </button>
      </p>
    </section>
  );
}

function Comparison({ conflict }: Pick<ConflictProps, 'conflict'>) {
  const texts = useTexts(sellTexts);
  const shown = useShown();
  const [seen, theirs, mine] = [offerOf(conflict.seen), offerOf(conflict.theirs), conflict.mine];
  const changed = differences(seen, theirs);
  const rows = new Set([...changed, ...differences(theirs, mine)]);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{texts.field}</th>
          <th scope="col">{texts.theirs}</th>
          <th scope="col">{texts.mine}</th>
        </tr>
      </thead>
      <tbody>
        {offerFields
          .filter((field) => rows.has(field))
          .map((field) => (
            <tr key={field}>
              <th scope="row">{texts.fields[field]}</th>
              <td>
                {shown(theirs, field)}
                {changed.includes(field) && <span className="changed">{texts.changedNow}</span>}
              </td>
              <td>{shown(mine, field)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function useShown(): (offer: Offer, field: OfferField) => string {
  const { noEvent } = useTexts(sellTexts);
  const { money, number, eventTime } = useFormats();
  return (offer, field) => {
    const { title, price, currency, quantity, event } = offer;
    switch (field) {
      case 'title':
        return title;
      case 'price':
        return money(price, currency);
      case 'currency':
        return currency.toUpperCase();
      case 'quantity':
        return number(quantity);
      case 'event':
        return event ? `${event.name}, ${event.venue}, ${eventTime(event)}` : noEvent;
    }
  };
}
