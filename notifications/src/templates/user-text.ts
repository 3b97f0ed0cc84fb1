// Text that users wrote (titles, names, devices) as part of a mail.

// Line ends and other control characters would begin a new header or a new line.
const breaking = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}]+/gu;
// These reorder or hide the text around them. The three direction marks stay: Arabic and Hebrew need them.
const reordering = /(?![\u061C\u200E\u200F])\p{Bidi_Control}/gu;
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line of well-formed text. Everything that leaves as a line goes through it. */
export const oneLine = (text: string) =>
  text.replaceAll(/\p{Surrogate}/gu, '\uFFFD').replaceAll(breaking, ' ');

/** At most `most` UTF-16 units. A letter with its accents and an emoji are kept or dropped whole. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  let short = '';
  for (const { segment } of graphemes.segment(text)) {
    if (short.length + segment.length >= most) break;
    short += segment;
  }
  return `${short.trimEnd()}…`;
}

/** Text of a user for a sentence. An isolate keeps right-to-left text from reordering the words around it. */
export function userText(text: string, most: number): string {
  const short = shorten(text.replaceAll(reordering, '').trim(), most);
  return rightToLeft.test(short) ? `\u2068${short}\u2069` : short;
}

/**
 * The name for a greeting. A name that looks like a link is left out: an account with a foreign address could send
 * advertisements in our name.
 */
export function greetingName(name: string | undefined): string | undefined {
  const known = userText(name ?? '', 60);
  return known === '' || /[/:@]|\.\S/u.test(known) ? undefined : known;
}
