// SMTP_URL, as nodemailer takes it apart.

export type SmtpServer = Readonly<{
  host: string;
  port: number;
  /** TLS from the first byte, instead of STARTTLS */
  secure: boolean;
  /** Refuse a server that offers no STARTTLS. */
  requireTLS: boolean;
  auth?: Readonly<{ user: string; pass: string }>;
}>;

const defaultPorts: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

/** Why a text is no SMTP_URL, as a predicate that names no password. */
export function smtpUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !(url.protocol in defaultPorts))
    return 'must be a URL that starts with smtp:// or smtps://, for example smtps://user:password@mail.example.com';
  if (url.hostname === '') return 'must name the mail server, for example smtp://mail.example.com:587';
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    return 'must end after the host and the port';
  if ((url.username === '') !== (url.password === '')) return 'must have a user and a password, or neither';
  if (!canDecode(url.username + url.password))
    return 'must have special characters of the password percent-encoded';
  return undefined;
}

/** The parts of a valid SMTP_URL. A password is sent over TLS only. */
export function parseSmtpUrl(text: string): SmtpServer {
  const { protocol, hostname, port, username, password } = new URL(text);
  const isSecure = protocol === 'smtps:';
  const hasPassword = username !== '';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (defaultPorts[protocol] ?? 0) : Number(port),
    secure: isSecure,
    requireTLS: hasPassword && !isSecure,
    ...(hasPassword && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
