import { Dialog } from '../shared/dialog.js';
import { useTexts } from '../shared/language.js';
import { sharedTexts } from '../shared/texts.js';
import { checkoutTexts } from './texts.js';
import type { OpenChallenge } from './use-challenge.js';

/** The page of the local card network on which the buyer answers. */
export function ChallengeDialog({ challenge: { url, leave } }: Readonly<{ challenge: OpenChallenge }>) {
  const texts = useTexts(checkoutTexts);
  const { close } = useTexts(sharedTexts);
  return (
    <Dialog title={texts.bank} onClose={leave} className="challenge">
      <iframe src={url} title={texts.bank} />
      <button type="button" className="button" onClick={leave}>
        {close}
      </button>
    </Dialog>
  );
}
