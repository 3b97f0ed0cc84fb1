// The time that is left, by the server's clock.

import { useEffect, useState } from 'react';
import { serverNow } from '../shared/api.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { checkoutTexts } from './texts.js';

/** The server's clock in milliseconds, read each second. */
export function useServerTime(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The time until a moment, in minutes and seconds. A screen reader reads it, but is not told each second. */
export function TimeLeft({ until }: Readonly<{ until: string }>) {
  const texts = useTexts(checkoutTexts);
  const { countdown } = useFormats();
  return (
    <span role="timer" aria-label={texts.timeLeft} className="price">
      {countdown(Date.parse(until) - useServerTime())}
    </span>
  );
}

/** The time that is left to pay. A screen reader is told each minute. */
export function Countdown({ until }: Readonly<{ until: string }>) {
  const texts = useTexts(checkoutTexts);
  const minutes = Math.ceil((Date.parse(until) - useServerTime()) / 60_000);
  return (
    <>
      <TimeLeft until={until} />
      <span className="visually-hidden" aria-live="polite">
        {minutes > 0 && texts.minutesLeft(minutes)}
      </span>
    </>
  );
}
