// MAIL_FROM: one address, with or without a name.

export type Sender = Readonly<{ name: string; address: string }>;

const pattern = /^(?:([^<>@,"\r\n]{1,100}?)\s*<([^<>\s]+)>|([^<>\s]+))$/;
const address = /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/;

/** The name and the address of `Tickets <tickets@example.com>`; undefined for anything but one address. */
export function parseSender(text: string): Sender | undefined {
  const [, name = '', bracketed, bare] = pattern.exec(text.trim()) ?? [];
  const found = bracketed ?? bare;
  return found !== undefined && address.test(found) ? { name: name.trim(), address: found } : undefined;
}

/** Why a text is no sender, as a predicate. */
export const senderFault = (text: string): string | undefined =>
  parseSender(text) ? undefined : 'must be one address, for example Tickets <tickets@example.com>';
