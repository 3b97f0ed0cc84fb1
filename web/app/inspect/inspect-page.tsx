// A page of local systems: purchases as they travel, and a button that kills each service.

import { useState } from 'react';
import { config } from '../shared/config.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { useFeed, type Feed, type Step } from './feed.js';
import './inspect.css';
import { EventLog, StoreLog } from './logs.js';
import { purchasesIn } from './purchases.js';
import { PurchaseCard } from './purchase-card.js';
import { Services } from './services.js';
import { inspectTexts } from './texts.js';

const maxPurchases = 12;

export function InspectPage() {
  const texts = useTexts(inspectTexts);
  const { inspectUrl } = config();
  const feed = useFeed(inspectUrl);
  if (inspectUrl === undefined)
    return (
      <Page title={texts.title}>
        <p>{texts.notHere}</p>
      </Page>
    );
  return (
    <Page title={texts.title} lead={texts.lead} isWide>
      <section className="card">
        <h2>{texts.tryIt}</h2>
        <ol className="inspect-how">
          <li>
            <a href="/" target="_blank" rel="noreferrer">
              {texts.openShop}
            </a>{' '}
            {texts.thenBuy}
          </li>
          <li>{texts.thenWatch}</li>
          <li>{texts.thenKill}</li>
        </ol>
      </section>
      <Services url={inspectUrl} services={feed.services} steps={feed.steps} />
      <Steps feed={feed} />
    </Page>
  );
}

/** The list of steps, with a button that stops the page from moving while it is read. */
function Steps({ feed }: Readonly<{ feed: Feed }>) {
  const texts = useTexts(inspectTexts);
  const [held, setHeld] = useState<readonly Step[]>();
  const steps = held ?? feed.steps;
  const purchases = purchasesIn(steps).slice(0, maxPurchases);
  return (
    <>
      <div className="row inspect-head">
        <h2>{texts.purchases}</h2>
        <button
          type="button"
          className="button"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held ? undefined : feed.steps)}
        >
          {held ? texts.goOn : texts.pause}
        </button>
        {!feed.isConnected && (
          <p className="muted">{feed.services.length === 0 ? texts.connecting : texts.lost}</p>
        )}
      </div>
      {purchases.length === 0 && <p className="card">{texts.noPurchase}</p>}
      <div className="stack">
        {purchases.map((purchase, index) => (
          <PurchaseCard key={purchase.orderId} purchase={purchase} isOpen={index === 0} />
        ))}
      </div>
      <div className="inspect-logs">
        <EventLog steps={steps} sources={feed.sources} />
        <StoreLog steps={steps} sources={feed.sources} />
      </div>
    </>
  );
}
