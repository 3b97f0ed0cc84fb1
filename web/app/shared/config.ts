// The configuration that the server of the shop gives each page: the card network, and the pages of a local system.

export type Config = Readonly<{
  /** `pk_…` of Stripe. Without it, the shop offers the test cards of the local card network. */
  stripePublishableKey?: string;
  /** origin of the local card network, which shows the bank's challenge */
  cardsUrl?: string;
  /** where the mails of a local system can be read */
  inboxUrl?: string;
  /** path of what the page `/inspect` of a local system reads */
  inspectUrl?: string;
}>;

let loaded: Config = {};

/** Loads `/config.json` before the first page is drawn. Without it, the shop works and offers no payment. */
export async function loadConfig(): Promise<void> {
  try {
    const response = await fetch('/config.json');
    if (response.ok) loaded = (await response.json()) as Config;
  } catch {
    // The pages say by themselves what does not work.
  }
}

export const config = (): Config => loaded;
