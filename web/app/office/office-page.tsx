// The back office: the search in all services, and the list of what is stuck.

import { useQueries, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { textOf } from '../shared/form.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { FoundItem } from './found-item.js';
import { findQuery, overviewQuery, serviceNames } from './office.js';
import { Silence } from './silence.js';
import { OfficeGate } from './office-gate.js';
import { DeadLetters, Lag, StuckList } from './overviews.js';
import { officeTexts } from './texts.js';
import './office.css';

export function OfficePage() {
  return (
    <OfficeGate>
      <Office />
    </OfficeGate>
  );
}

function Office() {
  const texts = useTexts(officeTexts);
  return (
    <Page title={texts.title} lead={texts.lead} isWide>
      <FindBox />
      <Overviews />
    </Page>
  );
}

// Stays until the session changes, so that the way back from a record shows the findings. An address never enters a URL.
const lastText = ['office', 'last text'];

function FindBox() {
  const texts = useTexts(officeTexts);
  const shared = useTexts(sharedTexts);
  const [text, setText] = useState(() => queryClient.getQueryData<string>(lastText) ?? '');
  const { number } = useFormats();
  const { data, error, isFetching, refetch } = useQuery({ ...findQuery(text), enabled: text !== '' });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const asked = textOf(event.currentTarget, 'text');
    queryClient.setQueryData(lastText, asked);
    if (asked === text && asked !== '') void refetch();
    setText(asked);
  };
  return (
    <section aria-label={texts.find}>
      <form role="search" className="search office-search" onSubmit={submit}>
        <input
          type="search"
          name="text"
          aria-label={texts.findLabel}
          aria-describedby="find-hint"
          placeholder={texts.findLabel}
          defaultValue={text}
          maxLength={300}
          autoComplete="off"
          spellCheck={false}
        />
        <button type="submit" className="button button-main">
          {texts.find}
        </button>
      </form>
      <p id="find-hint" className="small muted">
        {texts.findHint}
      </p>
      <div aria-live="polite">
        {isFetching && <p className="muted">{shared.loading}</p>}
        {data && !isFetching && data.found.length === 0 && data.silent.length === 0 && (
          <p className="card">{texts.nothingFound(text)}</p>
        )}
        {data && !isFetching && data.found.length > 0 && (
          <p className="muted small">{texts.findings(number(data.found.length))}</p>
        )}
      </div>
      <Problem error={error} onRetry={() => void refetch()} />
      <Silence findings={data} onRetry={() => void refetch()} />
      {data && data.found.length > 0 && (
        <ul className="office-list" aria-label={texts.find}>
          {data.found.map((found) => (
            <li key={`${found.what} ${found.id}`} className="card">
              <FoundItem found={found} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Overviews() {
  const shared = useTexts(sharedTexts);
  const answers = useQueries({
    queries: serviceNames.map((name) => ({ ...overviewQuery(name), refetchInterval: 10_000 })),
  });
  const overviews = answers.flatMap(({ data }) => data ?? []);
  const failed = serviceNames.filter((_name, at) => answers[at]?.error);
  return (
    <>
      {answers.some(({ isPending }) => isPending) && <p className="muted">{shared.loading}</p>}
      <Silence
        findings={{ silent: failed, problem: answers.find(({ error }) => error)?.error }}
        onRetry={() => void queryClient.invalidateQueries({ queryKey: ['office', 'overview'] })}
      />
      <StuckList overviews={overviews} isComplete={overviews.length === serviceNames.length} />
      <DeadLetters overviews={overviews} />
      <Lag overviews={overviews} />
    </>
  );
}
