// The open sessions of the user. People know them as devices.

import type { DataOf } from '@ticketing/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { deviceIn } from './device.js';
import { Done, Section } from './section.js';
import { settingsTexts } from './settings-texts.js';

type Session = DataOf<'listSessions'>[number];

const shownAtFirst = 5;

export function DevicesSection() {
  const texts = useTexts(settingsTexts);
  const [showsAll, setShowsAll] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => dataOf(await api.listSessions({}, { signal })),
  });
  const end = useMutation({
    mutationFn: async (sessionId: string) => dataOf(await api.revokeSession({ sessionId })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['sessions'] });
      // The button that had the focus is gone.
      list.current?.focus();
    },
  });
  const all = (sessions.data ?? []).toSorted((a, b) => Number(b.current) - Number(a.current));
  const shown = showsAll ? all : all.slice(0, shownAtFirst);
  return (
    <Section title={texts.devices}>
      <p className="muted">{texts.devicesText}</p>
      <Problem error={sessions.error} onRetry={() => void sessions.refetch()} />
      <ul className="plain-list" ref={list} tabIndex={-1} aria-label={texts.devices}>
        {shown.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            isPending={end.isPending}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
      {all.length > shown.length && (
        <button type="button" className="button" onClick={() => setShowsAll(true)}>
          {texts.allDevices(all.length)}
        </button>
      )}
      <Problem error={end.error} />
      <Done>{end.isSuccess && texts.ended}</Done>
    </Section>
  );
}

type SessionItemProps = Readonly<{ session: Session; isPending: boolean; onEnd: () => void }>;

function SessionItem({ session: { device, startedAt, current }, isPending, onEnd }: SessionItemProps) {
  const texts = useTexts(settingsTexts);
  const { moment } = useFormats();
  const { browser, system } = deviceIn(device);
  const name =
    browser !== undefined && system !== undefined
      ? texts.deviceOn(browser, system)
      : (browser ?? system ?? texts.unknownDevice);
  return (
    <li>
      <div>
        <p>
          {name} {current && <span className="tag">{texts.thisDevice}</span>}
        </p>
        <p className="small muted">{texts.since(moment(startedAt))}</p>
      </div>
      {!current && (
        <button
          type="button"
          className="button"
          aria-label={`${texts.end}: ${name}, ${texts.since(moment(startedAt))}`}
          disabled={isPending}
          onClick={onEnd}
        >
          {texts.end}
        </button>
      )}
    </li>
  );
}
