import type { DataOf } from '@ticketing/client';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { notificationTexts } from './texts.js';

type Mails = DataOf<'showNotificationPreferences'>['mails'];

const preferencesQuery = queryOptions({
  queryKey: ['notifications', 'preferences'],
  queryFn: async ({ signal }) => dataOf(await api.showNotificationPreferences({}, { signal })),
});

const kinds: readonly (keyof Mails)[] = ['seller-sold', 'seller-refunded', 'order-expired'];

/** Which mails the user gets. A change is saved at once. */
export function Preferences() {
  const texts = useTexts(notificationTexts);
  const { data, error, refetch } = useQuery(preferencesQuery);
  const save = useMutation({
    mutationFn: async (mails: Mails) => dataOf(await api.setNotificationPreferences({ mails })),
    onSuccess: (saved) => queryClient.setQueryData(preferencesQuery.queryKey, saved),
  });
  const mails = save.isPending ? save.variables : data?.mails;
  return (
    <section className="card preferences" aria-labelledby="mails">
      <h2 id="mails">{texts.mails}</h2>
      <p className="muted">{texts.mailsText}</p>
      <Problem error={error} onRetry={() => void refetch()} />
      {mails &&
        kinds.map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={mails[kind]}
              onChange={({ currentTarget }) => {
                if (!save.isPending) save.mutate({ ...mails, [kind]: currentTarget.checked });
              }}
            />
            {texts.kinds[kind]}
          </label>
        ))}
      <Problem error={save.error} />
      <p role="status" className="small muted">
        {save.isSuccess && texts.saved}
      </p>
    </section>
  );
}
