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

/** Seconds for the eye. A screen reader hears the minutes, when they change. */
export function Countdown({ until }: Readonly<{ until: string }>) {
  const texts = useTexts(checkoutTexts);
  const { countdown } = useFormats();
  const left = Math.max(0, Date.parse(until) - useServerTime());
  return (
    <>
      <span role="timer" aria-label={texts.timeLeft} className="price">
        {countdown(left)}
      </span>
      <span className="visually-hidden" aria-live="polite">
        {texts.minutesLeft(Math.ceil(left / 60_000))}
      </span>
    </>
  );
}
