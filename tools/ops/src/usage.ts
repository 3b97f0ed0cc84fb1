export const usage = `Usage: npm run ops -- <command> [options]

Commands
  dead-letters list [service]               lists the messages that could not be handled, oldest first
  dead-letters show <service> <id>          prints one message and its error
  dead-letters replay <service> <id|all>    handles messages again; a message that fails stays
  dead-letters drop <service> <id|all>      deletes messages
  resync <service>                          publishes the current state of everything that the service owns
                                            (auth, tickets, orders or payments)
  resync <service> --restored               the same after a restore from a backup: raises the versions first
  check                                     compares every copy with its owner; exits with 1 on differences
  history <order|payment> <order id>        prints the changes of an order, its payment and its ticket

Options
  --json                one JSON object a line, for history
  --kubectl             runs the command in the pods of a cluster, by kubectl exec
  --namespace <name>    the namespace for --kubectl; without it, kubectl's current one

Examples
  npm run ops -- dead-letters list
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
