// The tickets for sale, with a search whose words and order are in the address.

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import type { Search } from '../router.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { PagedList } from '../shared/paging.js';
import { sharedTexts } from '../shared/texts.js';
import { useTicketList } from '../shared/tickets.js';
import { browseTexts } from './texts.js';
import { TicketCard } from './ticket-card.js';

export function BrowsePage() {
  const texts = useTexts(browseTexts);
  const shared = useTexts(sharedTexts);
  const search = useSearch({ from: '/' });
  const { q, sort } = search;
  const { found, tickets } = useTicketList({ ...(q !== undefined && { q }), ...(sort && { sort }) });
  return (
    <Page title={texts.title} lead={texts.lead} isWide>
      <SearchForm search={search} />
      <PagedList
        found={found}
        label={shared.browse}
        className="tickets"
        none={q === undefined ? texts.none : texts.noneFound(q)}
      >
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} />
          </li>
        ))}
      </PagedList>
    </Page>
  );
}

function SearchForm({ search: { q, sort } }: Readonly<{ search: Search }>) {
  const texts = useTexts(browseTexts);
  const navigate = useNavigate({ from: '/' });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = textOf(event.currentTarget, 'q');
    void navigate({ search: { ...(words !== '' && { q: words }), ...(sort && { sort }) } });
  };
  const order = (value: string) =>
    void navigate({
      search: { ...(q !== undefined && { q }), ...(value !== '' && { sort: value as 'price' }) },
    });
  return (
    <form role="search" className="search" onSubmit={submit} key={q}>
      <input
        type="search"
        name="q"
        aria-label={texts.search}
        placeholder={texts.search}
        defaultValue={q}
        maxLength={200}
      />
      <button type="submit" className="button button-main">
        {texts.find}
      </button>
      <select
        aria-label={texts.sort}
        value={sort ?? ''}
        onChange={({ currentTarget }) => order(currentTarget.value)}
      >
        <option value="">{texts.newest}</option>
        <option value="startsAt">{texts.soonest}</option>
        <option value="price">{texts.cheapest}</option>
        <option value="-price">{texts.dearest}</option>
      </select>
    </form>
  );
}
