// The outcome of an order that was not placed, and the buyer's choices.

import { useQueries } from '@tanstack/react-query';
import { problemOf } from '../shared/api.js';
import { Failure } from '../shared/failure.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { ticketQuery } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { orderingTexts } from './texts.js';
import type { useOrder, Wanted } from './use-order.js';

type OutcomeProps = Readonly<{
  order: ReturnType<typeof useOrder>;
  items: readonly Wanted[];
  /** The buyer accepts the present price of a ticket, which has this version. */
  onAccept: (ticketId: string, version: number) => void;
}>;

export function OrderOutcome({ order, items, onAccept }: OutcomeProps) {
  const texts = useTexts(orderingTexts);
  const { places } = useTexts(sharedTexts);
  const { money } = useFormats();
  const titleOf = useTitles(items);
  const placed = order.data;
  const failure = (error: unknown) => (
    <Failure error={error} sentences={texts.errors} lost={texts.lost} onRetry={() => order.mutate(items)} />
  );
  if (order.isPending) return null;
  if (!placed || placed.ok) return failure(order.error);
  const { changed, free } = placed;
  const changedId = changed?.ticketId ?? items[0]?.ticketId;
  if (changed && changedId !== undefined)
    return (
      <div className="notice" role="alert">
        <p>{texts.changed(titleOf(changedId), money(changed.price, changed.currency))}</p>
        <button type="button" className="button" onClick={() => onAccept(changedId, changed.version)}>
          {texts.accept}
        </button>
      </div>
    );
  if (free)
    return (
      <p className="notice" role="alert">
        {free.available > 0
          ? texts.onlyFreeOf(titleOf(free.ticketId), places(free.available))
          : texts.taken(titleOf(free.ticketId))}
      </p>
    );
  return failure(problemOf(placed));
}

function useTitles(items: readonly Wanted[]): (ticketId: string) => string {
  const tickets = useQueries({ queries: items.map(({ ticketId }) => ticketQuery(ticketId)) });
  return (ticketId) => tickets.find(({ data }) => data?.id === ticketId)?.data?.title ?? '…';
}
