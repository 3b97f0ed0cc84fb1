// The offer of a ticket, which its seller changes while a place is free.

import { useState, type FormEvent } from 'react';
import type { Ticket } from '../browse/ticket-card.js';
import { Field } from '../shared/field.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { sharedTexts } from '../shared/texts.js';
import { Conflict } from './conflict.js';
import { OfferForm } from './offer-form.js';
import { offerOf } from './offer.js';
import { useSave, type Edit } from './save.js';
import { sellTexts } from './texts.js';

export function EditSection({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sellTexts);
  if (ticket.status === 'withdrawn')
    return (
      <p className="notice" role="status">
        {texts.locked.withdrawn}
      </p>
    );
  return (
    <section className="form-page">
      <h2>{texts.edit}</h2>
      {ticket.status === 'available' ? <EditForm ticket={ticket} /> : <MorePlaces ticket={ticket} />}
    </section>
  );
}

function EditForm({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sellTexts);
  const { save: label } = useTexts(sharedTexts);
  // Live changes do not replace what the seller is typing: the form keeps the ticket that it began with.
  const [seen, setSeen] = useState(ticket);
  const save = useSave();
  const { data: saved } = save;
  const send = (edit: Edit) =>
    save.mutate(edit, {
      onSuccess: (result) => {
        if (result.outcome !== 'conflict') setSeen(result.ticket);
      },
    });
  return (
    <>
      {saved?.outcome === 'conflict' && (
        <Conflict
          conflict={saved}
          isBusy={save.isPending}
          onKeepMine={() => send({ seen: saved.theirs, mine: saved.mine })}
          onTakeTheirs={() => {
            setSeen(saved.theirs);
            save.reset();
          }}
        />
      )}
      <OfferForm
        key={seen.version}
        offer={offerOf(seen)}
        submit={label}
        isBusy={save.isPending}
        error={save.error}
        onSubmit={(mine) => send({ seen, mine })}
      >
        <Problem error={save.error} sentences={texts.errors} />
        <p role="status" className={saved && saved.outcome !== 'conflict' ? 'notice notice-good' : ''}>
          {saved?.outcome === 'saved' && texts.saved}
          {saved?.outcome === 'unchanged' && texts.unchanged}
        </p>
      </OfferForm>
    </>
  );
}

/** Of a ticket without a free place, only the number of places may rise. */
function MorePlaces({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sellTexts);
  const save = useSave();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const quantity = Number(textOf(event.currentTarget, 'quantity'));
    save.mutate({ seen: ticket, mine: { ...offerOf(ticket), quantity } });
  };
  return (
    <form className="card" onSubmit={submit}>
      <p>{ticket.status === 'sold' ? texts.locked.sold : texts.locked.reserved}</p>
      <Field
        key={ticket.quantity}
        {...{ name: 'quantity', label: texts.quantity, type: 'number', step: 1, required: true }}
        {...{ min: ticket.quantity + 1, max: 100_000, defaultValue: ticket.quantity + 1 }}
      />
      <Problem error={save.error} sentences={texts.errors} />
      <button type="submit" className="button" disabled={save.isPending}>
        {texts.addPlaces}
      </button>
    </form>
  );
}
