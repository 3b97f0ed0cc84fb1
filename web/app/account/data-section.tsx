import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { DeleteDialog } from './delete-dialog.js';
import { Section } from './section.js';
import { settingsTexts } from './settings-texts.js';

export function DataSection({ onDeleted }: Readonly<{ onDeleted: () => void }>) {
  const texts = useTexts(settingsTexts);
  const [isDeleting, setDeleting] = useState(false);
  const download = useMutation({
    mutationFn: async () => saveAs('account.json', dataOf(await api.exportAccount())),
  });
  return (
    <Section title={texts.data}>
      <p className="muted">{texts.dataText}</p>
      <p>
        <button
          type="button"
          className="button"
          disabled={download.isPending}
          onClick={() => download.mutate()}
        >
          {texts.export}
        </button>
      </p>
      <Problem error={download.error} />
      <h3>{texts.delete}</h3>
      <p className="muted">{texts.deleteText}</p>
      <button type="button" className="button button-bad" onClick={() => setDeleting(true)}>
        {texts.delete}
      </button>
      {isDeleting && <DeleteDialog onClose={() => setDeleting(false)} onDeleted={onDeleted} />}
    </Section>
  );
}

function saveAs(name: string, content: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
