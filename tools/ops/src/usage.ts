export const usage = `Usage: npm run ops -- <command> [options]

Commands
  find <text>                               prints what belongs to an e-mail address (also its mails), to the id of an
                                            account, ticket, order, payment or refund, or to an X-Request-Id or trace id
  stuck                                     prints what should have ended by itself, and what to do; exits with 1 if
                                            there is anything
  refund <order id> [amount]                returns money to the buyer: an amount, the price of --places, or all that is
                                            left
  release <order id>                        cancels an unpaid or free order, so that its places are free again
  block-account <e-mail|id>                 ends all sessions of an account, and refuses new ones
  unblock-account <e-mail|id>               lets the owner sign in again
  grant <e-mail|id> operator                lets an account use the back office of the shop; its sessions end
  revoke <e-mail|id> operator               takes the role from an account; its sessions end
  dead-letters [list [service]]             lists the messages that could not be handled, oldest first
  dead-letters show <service> <id>          prints one message and its error
  dead-letters replay <service> <id|all>    handles messages again; a message that fails stays
  dead-letters drop <service> <id|all>      deletes messages
  resync <service>                          publishes the current state of everything that the service owns
                                            (auth, tickets, orders or payments)
  resync <service> --restored               the same after a restore from a backup: raises the versions first
  check                                     compares every copy with its owner; exits with 1 on differences
  history <order|payment> <order id>        prints the changes of an order, its payment and its ticket

Options
  --by <name>           who you are, for the history; without it, your user name
  --reason <text>       why, for refund
  --places <list>       the places that refund pays back and frees: <ticket id>/<place>,…
  --json                one JSON object a line, for history
  --secure              for a system started by npm start -- --secure
  --kubectl             runs the command in the pods of a cluster, by kubectl exec
  --namespace <name>    the namespace for --kubectl; without it, kubectl's current one

Examples
  npm run ops -- find ada@example.com
  npm run ops -- refund 6b04d1a76808f7143f00c411 9.99 --reason "seat was broken"
  npm run ops -- refund 6b04d1a76808f7143f00c411 --places 6b04d1a700c8f7143f00c40a/17
  npm run ops -- grant grace@example.com operator
  npm run ops -- dead-letters replay orders all
  npm run ops -- resync tickets
  npm run ops -- check --kubectl --namespace ticketing`;

/** The arguments are not valid; no command has run. */
export class UsageError extends Error {}

/** @throws UsageError unless `given` is one of the names */
export function oneOf<T extends string>(names: readonly T[], given: string | undefined): T {
  const name = names.find((known) => known === given);
  if (name !== undefined) return name;
  const problem = given === undefined ? 'The name of a service is missing' : `"${given}" is not valid here`;
  throw new UsageError(`${problem}. Choose one of ${names.join(', ')}.\n\n${usage}`);
}
