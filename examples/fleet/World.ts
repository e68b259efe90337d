// An estate in memory: what every account has.
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { Effect, Stream } from "effect"
import { type AwsClients, Fleet, Iam } from "effect-aws-sdk"

/** The name of the role that leads to each account. */
export const fleetRole = "fleet"

/** The account of the program's own credentials. */
export const ownAccount = "123456789012"

/** A trust policy that lets this account assume the role. */
export const trustIn = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" }]
  })

/** Creates the role that the fleet assumes. An in-memory account without roles lets everyone in, so this can use it already. */
export const createFleetRole = Iam.send(
  new CreateRoleCommand({ RoleName: fleetRole, AssumeRolePolicyDocument: trustIn(ownAccount) })
)

/** Sets up each place of the targets, and the fleet's role in each account. */
export const inEachPlace = <E extends Error, R>(
  setUp: (
    place: { readonly account: string; readonly region: string; readonly isFirst: boolean }
  ) => Effect.Effect<unknown, E, R>
) =>
(targets: Iterable<Fleet.Target>): Effect.Effect<void, never, Exclude<R, AwsClients> | Fleet.Fleet> =>
  Effect.suspend(() => {
    const accounts = new Set<string>()
    return Fleet.forEach(
      targets,
      Effect.fnUntraced(function*({ account, region }) {
        const isFirst = !accounts.has(account)
        accounts.add(account)
        if (isFirst) yield* createFleetRole
        yield* setUp({ account, region, isFirst })
      }),
      // In this order, so that all ids are the same in every run.
      { concurrency: 1 }
    ).pipe(
      Stream.mapEffect(({ result }) => Effect.fromResult(result)),
      Stream.runDrain,
      Effect.orDie
    )
  })
