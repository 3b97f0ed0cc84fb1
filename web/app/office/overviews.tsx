// The stuck items, the dead letters and the lag of all services.

import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import type { Overview } from './office.js';
import { Said } from './said.js';
import { officeTexts } from './texts.js';
import { WideTable } from './wide-table.js';

type Shown = Readonly<{ overviews: readonly Overview[] }>;

export function StuckList({ overviews, isComplete }: Shown & Readonly<{ isComplete: boolean }>) {
  const texts = useTexts(officeTexts);
  const { moment } = useFormats();
  const stuck = overviews.flatMap(({ service, stuck }) => stuck.map((item) => ({ service, ...item })));
  return (
    <section>
      <h2>{texts.stuck}</h2>
      {stuck.length === 0 && isComplete && <p className="card">{texts.nothingStuck}</p>}
      {stuck.length > 0 && (
        <ul className="office-list">
          {stuck.map(({ service, what, problem, since, action }) => (
            <li key={`${service} ${what} ${problem}`} className="card">
              <p>
                <b>
                  <Said>{what}</Said>
                </b>
                : <Said>{problem}</Said>
              </p>
              <p className="small muted">{texts.since(moment(since))}</p>
              <p className="small">
                <Said>{action}</Said>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function DeadLetters({ overviews }: Shown) {
  const texts = useTexts(officeTexts);
  const { moment, number } = useFormats();
  const letters = overviews.flatMap(({ service, deadLetters }) =>
    deadLetters.oldest.map((letter) => ({ service, ...letter })),
  );
  const count = overviews.reduce((sum, { deadLetters }) => sum + deadLetters.count, 0);
  if (letters.length === 0) return null;
  return (
    <section>
      <h2>{texts.deadLetters(number(count))}</h2>
      <WideTable label={texts.deadLetters(number(count))}>
        <thead>
          <tr>
            <th scope="col">{texts.service}</th>
            <th scope="col">{texts.event}</th>
            <th scope="col">{texts.error}</th>
            <th scope="col">{texts.tries}</th>
            <th scope="col">{texts.when}</th>
          </tr>
        </thead>
        <tbody>
          {letters.map(({ service, id, type, error, tries, diedAt }) => (
            <tr key={`${service} ${id}`}>
              <th scope="row">{service}</th>
              <td>
                {type}
                <br />
                <code className="small">{id}</code>
              </td>
              <td lang="en">{error}</td>
              <td>{number(tries)}</td>
              <td>{moment(diedAt)}</td>
            </tr>
          ))}
        </tbody>
      </WideTable>
      <p className="small muted">{texts.replay}</p>
    </section>
  );
}

export function Lag({ overviews }: Shown) {
  const texts = useTexts(officeTexts);
  const { number } = useFormats();
  if (overviews.length === 0) return null;
  const shown = (count: number | undefined) => (count === undefined ? '–' : number(count));
  return (
    <section>
      <h2>{texts.lag}</h2>
      <WideTable label={texts.lag}>
        <thead>
          <tr>
            <th scope="col">{texts.service}</th>
            <th scope="col">{texts.waiting}</th>
            <th scope="col">{texts.inFlight}</th>
            <th scope="col">{texts.parked}</th>
            <th scope="col">{texts.unpublished}</th>
          </tr>
        </thead>
        <tbody>
          {overviews.map(({ service, lag, parked, unpublished }) => (
            <tr key={service}>
              <th scope="row">{service}</th>
              <td className="office-number">{shown(lag?.waiting)}</td>
              <td className="office-number">{shown(lag?.inFlight)}</td>
              <td className="office-number">{number(parked.count)}</td>
              <td className="office-number">{number(unpublished)}</td>
            </tr>
          ))}
        </tbody>
      </WideTable>
    </section>
  );
}
