import { useLanguage, useTexts } from '../shared/language.js';
import { toGerman } from './to-german.js';
import { officeTexts } from './texts.js';

/** A status, a problem or an advice of a service, in the language of the page if it is known there. */
export function Said({ children: said }: Readonly<{ children: string }>) {
  const { language } = useLanguage();
  const { statuses } = useTexts(officeTexts);
  const known = statuses[said] ?? (language === 'de' ? toGerman(said) : undefined);
  // Otherwise it is English, and a screen reader speaks it as such.
  return known ?? <span lang="en">{said}</span>;
}
