import { Link } from '@tanstack/react-router';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import type { Found } from './follow.js';
import type { Kind } from './office.js';
import { Said } from './said.js';
import { officeTexts } from './texts.js';

const kindOf: Readonly<Record<string, Kind>> = {
  account: 'account',
  person: 'account',
  ticket: 'ticket',
  order: 'order',
  payment: 'order',
  buyer: 'account',
  seller: 'account',
};

/** A link to the page of an account, ticket, order or payment; the text itself if it has none. */
export function RecordLink({ what, id }: Readonly<{ what: string; id: string }>) {
  const kind = kindOf[what];
  if (!kind || !/^[0-9a-f]{24}$/.test(id)) return <span className="office-text">{id}</span>;
  return (
    <Link to="/office/$kind/$id" params={{ kind, id }}>
      <code>{id}</code>
    </Link>
  );
}

/** Something that a service stores, with what belongs to it. */
export function FoundItem({ found: { what, id, status, related } }: Readonly<{ found: Found }>) {
  const texts = useTexts(officeTexts);
  const mailIn = (name: string) => texts.mails[name.replace('mail ', '')] ?? name.replace('mail ', '');
  return (
    <>
      <p className="row">
        <b>{texts.kinds[what] ?? texts.mail(mailIn(what))}</b>
        {kindOf[what] && <RecordLink what={what} id={id} />}
        <span className="tag tag-quiet">
          <Said>{status}</Said>
        </span>
      </p>
      <dl className="facts small">
        {Object.entries(related).map(([name, value]) => (
          <div key={name} className="office-fact">
            <dt>{texts.kinds[name] ?? name}</dt>
            <dd>
              <Related name={name} value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Related({ name, value }: Readonly<{ name: string; value: string }>) {
  const { moment } = useFormats();
  if (name === 'happened') return moment(value);
  if (['free', 'role', 'holds'].includes(name)) return <Said>{value}</Said>;
  return <RecordLink what={name} id={value} />;
}
