import { Effect, Stream } from "effect"
import * as Organizations from "effect-aws-sdk/Organizations"

/** The ids and names of all accounts that can be used. */
export const accounts = Organizations.listAccounts({ states: ["ACTIVE"] }).pipe(
  Stream.map(({ id, name }) => ({ id, name })),
  Stream.runCollect,
  Effect.catchTag("NotInOrganization", () => Effect.succeed([]))
)

/** Those in an organizational unit, and below it. */
export const accountsIn = (unit: string) =>
  Stream.fromEffect(Organizations.rootId).pipe(
    Stream.flatMap((root) => Organizations.listUnitsOf(root, { recursive: true })),
    Stream.filter(({ name }) => name === unit),
    Stream.flatMap(({ id }) => Organizations.listAccountsOf(id, { recursive: true })),
    Stream.map(({ id, name }) => ({ id, name })),
    Stream.runCollect
  )
