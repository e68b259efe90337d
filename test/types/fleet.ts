// `tsc` checks this file: what a fleet's functions accept and return.
import { Context, type Duration, Effect, type Layer, type Result, type Scope, Stream } from "effect"
import { type AwsClients, type AwsError, Fleet, Ssm, Sts } from "effect-aws-sdk"
import type { InvalidSetting } from "effect-aws-sdk/AssumeRole"
import { expectTypeOf } from "vitest"

class Db extends Context.Service<Db, { readonly url: string }>()("Db") {}

const layer = Fleet.layer({ role: "audit", sessionName: "me" })
expectTypeOf(layer).toEqualTypeOf<Layer.Layer<Fleet.Fleet, InvalidSetting, AwsClients>>()
expectTypeOf<Fleet.Options["idleTimeToLive"]>().toEqualTypeOf<Duration.Input | undefined>()
expectTypeOf<Fleet.Options["role"]>().toEqualTypeOf<string | ((account: string) => string | undefined) | undefined>()
Fleet.layer({ sessionName: "me" })
// @ts-expect-error: a target has `regions`.
Fleet.forEach([{ account: "111111111111", region: "us-east-1" }], Sts.environment)
// A role, and a device for it, belong to one account.
// @ts-expect-error
Fleet.layer({ role: "audit", sessionName: "me", roleArn: "arn:aws:iam::111111111111:role/audit" })
// @ts-expect-error
Fleet.layer({ role: "audit", sessionName: "me", tokenCode: Effect.succeed("123456") })
// @ts-expect-error: a session has a name.
Fleet.layer({ role: "audit" })

const clients = Fleet.clients({ account: "111111111111", region: "us-east-1" })
expectTypeOf(clients).toEqualTypeOf<Layer.Layer<AwsClients, Fleet.Unavailable, Fleet.Fleet>>()
expectTypeOf<Fleet.Unavailable>().toEqualTypeOf<Fleet.AssumeRoleFailed | Fleet.InvalidTarget | AwsError>()
Fleet.clients({ roleArn: "arn:aws:iam::111111111111:role/audit" })
// @ts-expect-error: the account is that of the role.
Fleet.clients({ account: "111111111111", roleArn: "arn:aws:iam::111111111111:role/audit" })

// What a target has besides comes back.
const teams = [{ account: "111111111111", team: "capture" }]
type Team = (typeof teams)[number]

const outcomes = Fleet.forEach(teams, Ssm.getParameter("/x"))
expectTypeOf(outcomes).toEqualTypeOf<
  Stream.Stream<Fleet.Outcome<Ssm.Parameter, AwsError | Ssm.ParameterDoesNotExist, Team>, never, Fleet.Fleet>
>()
type Outcome = Stream.Success<typeof outcomes>
expectTypeOf<Outcome["target"]["team"]>().toEqualTypeOf<string>()
expectTypeOf<Outcome["result"]>().toEqualTypeOf<
  Result.Result<
    Ssm.Parameter,
    AwsError | Ssm.ParameterDoesNotExist | Fleet.AssumeRoleFailed | Fleet.InvalidTarget | Fleet.TargetDied
  >
>()

// The effect's requirements remain, but for the clients; so do those of the targets, and their errors.
const needing = Effect.gen(function*() {
  yield* Sts.environment
  yield* Db
  yield* Effect.acquireRelease(Effect.void, () => Effect.void)
  return 1
})
const slow = Stream.fromEffect(Effect.as(Effect.flatMap(Db, ({ url }) => Effect.fail(url)), teams[0]!))
expectTypeOf(Fleet.forEach(slow, needing, { concurrency: 8, perAccount: 2 })).toEqualTypeOf<
  Stream.Stream<Fleet.Outcome<number, AwsError, Team>, string, Db | Scope.Scope | Fleet.Fleet>
>()

// A function gets the place, with the target as it is.
expectTypeOf(Fleet.forEach(teams, ({ account, region, target }) => {
  expectTypeOf(account).toEqualTypeOf<string>()
  expectTypeOf(region).toEqualTypeOf<string>()
  return Effect.succeed(target.team)
})).toEqualTypeOf<Stream.Stream<Fleet.Outcome<string, never, Team>, never, Fleet.Fleet>>()

// With the targets last.
expectTypeOf(Stream.fromIterable(teams).pipe(Fleet.forEach(Sts.environment))).toEqualTypeOf<
  Stream.Stream<Fleet.Outcome<Sts.AwsEnvironment, AwsError, Team>, never, Fleet.Fleet>
>()
expectTypeOf(
  slow.pipe(Fleet.forEach(({ target }: Fleet.Place<Team>) => Effect.succeed(target.team), { concurrency: 2 }))
).toEqualTypeOf<Stream.Stream<Fleet.Outcome<string, never, Team>, string, Db | Fleet.Fleet>>()

const events = Fleet.events(teams, Effect.fail("no"))
expectTypeOf(events).toEqualTypeOf<Stream.Stream<Fleet.Event<never, string, Team>, never, Fleet.Fleet>>()
expectTypeOf<Stream.Success<typeof events>["progress"]>().toEqualTypeOf<Fleet.Progress>()
expectTypeOf<Stream.Success<typeof events>["_tag"]>().toEqualTypeOf<"Started" | "Finished">()
expectTypeOf(Stream.fromIterable(teams).pipe(Fleet.events(Effect.void))).toEqualTypeOf<
  Stream.Stream<Fleet.Event<void, never, Team>, never, Fleet.Fleet>
>()

// @ts-expect-error: an account, or a role.
Fleet.forEach([{ name: "x" }], Effect.void)
// @ts-expect-error: an account is a text, since it may begin with zeros.
Fleet.forEach([{ account: 111111111111 }], Effect.void)
// @ts-expect-error
Fleet.forEach([{ account: "111111111111", roleArn: "arn:aws:iam::111111111111:role/audit" }], Effect.void)
