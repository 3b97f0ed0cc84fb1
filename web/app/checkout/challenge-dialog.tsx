import { useEffect, useId, useRef } from 'react';
import { useTexts } from '../shared/language.js';
import { sharedTexts } from '../shared/texts.js';
import { checkoutTexts } from './texts.js';
import type { OpenChallenge } from './use-challenge.js';

/** The page of the local card network on which the buyer answers. */
export function ChallengeDialog({ challenge: { url, leave } }: Readonly<{ challenge: OpenChallenge }>) {
  const texts = useTexts(checkoutTexts);
  const { close } = useTexts(sharedTexts);
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={leave} className="challenge">
      <div className="row challenge-head">
        <h2 id={heading}>{texts.bank}</h2>
        <button type="button" className="button" onClick={leave}>
          {close}
        </button>
      </div>
      <iframe src={url} title={texts.bank} />
    </dialog>
  );
}
