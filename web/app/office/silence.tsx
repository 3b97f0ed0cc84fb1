import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import type { Findings } from './office.js';
import { officeTexts } from './texts.js';

/** Names the services that did not answer: what they store may be missing. */
export function Silence({
  findings,
  onRetry,
}: Readonly<{ findings: Omit<Findings, 'found'> | undefined; onRetry: () => void }>) {
  const texts = useTexts(officeTexts);
  if (!findings || findings.silent.length === 0) return null;
  return (
    <Problem error={findings.problem} sentences={texts.errors} onRetry={onRetry}>
      <p>{texts.silent(findings.silent.join(', '))}</p>
    </Problem>
  );
}
