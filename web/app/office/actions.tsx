import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../shared/language.js';
import type { Found } from './follow.js';
import { RefundButton } from './refund-button.js';
import { ReleaseButton } from './release-button.js';
import { officeTexts } from './texts.js';

const chargeable = ['parked', 'succeeded', 'refunding', 'partly-refunded'];

/** The buttons for what the services may accept, and what has been done. The services decide. */
export function Actions({ id, found }: Readonly<{ id: string; found: readonly Found[] }>) {
  const texts = useTexts(officeTexts);
  const [done, setDone] = useState('');
  const result = useRef<HTMLDivElement>(null);
  // The button may be gone: the focus goes to what happened.
  useEffect(() => {
    if (done !== '') result.current?.focus();
  }, [done]);
  const order = found.find((one) => one.what === 'order' && one.id === id);
  const payment = found.find((one) => one.what === 'payment' && one.id === id);
  const isFree = order?.status === 'complete' && order.related['payment'] === undefined;
  return (
    <div className="row" role="group" aria-label={texts.actions}>
      {payment && chargeable.includes(payment.status) && <RefundButton orderId={id} onDone={setDone} />}
      {(order?.status === 'created' || isFree) && <ReleaseButton orderId={id} onDone={setDone} />}
      <div role="status" className="office-done" tabIndex={-1} ref={result}>
        {done !== '' && <p className="notice notice-good">{done}</p>}
      </div>
    </div>
  );
}
