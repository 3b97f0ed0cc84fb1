// One account, ticket or order: what belongs to it, its history as a time line, and what an operator can do.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { Problem } from '../shared/problem.js';
import { sharedTexts } from '../shared/texts.js';
import { NotFound } from '../not-found.js';
import { FoundItem, RecordLink } from './found-item.js';
import type { HistoryEntry } from './follow.js';
import { recordQuery, type Kind } from './office.js';
import { OfficeGate } from './office-gate.js';
import { Actions } from './actions.js';
import { Said } from './said.js';
import { Silence } from './silence.js';
import { officeTexts } from './texts.js';
import './office.css';

const isKind = (kind: string): kind is Kind => ['account', 'ticket', 'order'].includes(kind);

export function RecordPage() {
  const { kind, id } = useParams({ from: '/office/$kind/$id' });
  if (!isKind(kind) || !/^[0-9a-f]{24}$/.test(id)) return <NotFound />;
  return (
    <OfficeGate>
      <Record key={`${kind} ${id}`} kind={kind} id={id} />
    </OfficeGate>
  );
}

function Record({ kind, id }: Readonly<{ kind: Kind; id: string }>) {
  const texts = useTexts(officeTexts);
  const { loading } = useTexts(sharedTexts);
  const { data, error, isPending, refetch } = useQuery(recordQuery(kind, id));
  return (
    <Page title={`${texts.kinds[kind]} ${id}`} isWide>
      <p>
        <Link to="/office">{texts.back}</Link>
      </p>
      {isPending && <p className="muted">{loading}</p>}
      <Problem error={error} sentences={texts.errors} onRetry={() => void refetch()} />
      {data && data.found.length === 0 && data.silent.length === 0 && (
        <p className="card">{texts.nothingFound(id)}</p>
      )}
      <Silence findings={data} onRetry={() => void refetch()} />
      {data && kind === 'order' && <Actions id={id} found={data.found} />}
      {data && (
        <div className="split">
          <section>
            <h2>{texts.stored}</h2>
            <ul className="office-list">
              {data.found.map((found) => (
                <li key={`${found.what} ${found.id}`} className="card">
                  <FoundItem found={found} />
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h2>{texts.history}</h2>
            <TimeLine history={data.history} />
          </section>
        </div>
      )}
    </Page>
  );
}

function TimeLine({ history }: Readonly<{ history: readonly HistoryEntry[] }>) {
  const texts = useTexts(officeTexts);
  if (history.length === 0) return <p className="muted">{texts.noHistory}</p>;
  return (
    <ol className="time-line">
      {history.map((entry) => (
        <li key={`${entry.about} ${entry.version}`}>
          <Change entry={entry} />
        </li>
      ))}
    </ol>
  );
}

function Change({ entry }: Readonly<{ entry: HistoryEntry }>) {
  const { about, at, by, why, from, to, detail, trace } = entry;
  const texts = useTexts(officeTexts);
  const { moment } = useFormats();
  const [who = '', id = ''] = by.split(':', 2);
  return (
    <>
      <p className="small muted">
        <time dateTime={at} title={at}>
          {moment(at)}
        </time>
      </p>
      <p>
        <b>{texts.kinds[about] ?? about}</b>:{' '}
        {from !== undefined && from !== to && (
          <>
            <Said>{from}</Said> →{' '}
          </>
        )}
        <Said>{to}</Said>
        {detail !== undefined && (
          <>
            {' '}
            · <Said>{detail}</Said>
          </>
        )}
      </p>
      <p className="small muted">
        {texts.people[who] ?? who} {id !== '' && <RecordLink what="account" id={id} />} · <code>{why}</code>
        {trace !== undefined && (
          <>
            {' '}
            · {texts.trace} <code>{trace}</code>
          </>
        )}
      </p>
    </>
  );
}
