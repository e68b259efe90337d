import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Metric, Option, Queue, References, Result, Scope, Stream, Tracer } from "effect"
import { type Aspect, AssumeRole, AwsClients, AwsError, Fleet, InMemory, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { countingFibers } from "../support/fibers.ts"

const accounts = (count: number) => Array.from({ length: count }, (_, i) => String(100_000_000_000 + i))
const targets = (count: number) => accounts(count).map((account) => ({ account }))

const fleet = (options: Partial<Fleet.Options> = {}, aws = InMemory.layer()) =>
  Fleet.layer({ role: "audit", sessionName: "fleet", regions: ["us-east-1", "eu-central-1"], ...options }).pipe(
    Layer.provideMerge(aws)
  )

const callsOf = (name: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === name))

const whoAmI = Effect.map(Sts.send(new GetCallerIdentityCommand({})), ({ Account }) => Account)
const here = Effect.map(Sts.environment, ({ account, region }) => `${account} ${region}`)

describe("an effect over a fleet", () => {
  it.effect("runs in each account and region, with the clients of each", () =>
    Effect.gen(function*() {
      const outcomes = yield* Fleet.forEach(targets(3), here).pipe(Stream.runCollect)
      assert.sameDeepMembers(
        outcomes.map(({ account, region, result }) => [Result.getOrThrow(result), `${account} ${region}`]),
        targets(3).flatMap(({ account }) =>
          ["us-east-1", "eu-central-1"].map((region) => [`${account} ${region}`, `${account} ${region}`])
        )
      )
      assert.lengthOf(yield* callsOf("AssumeRole"), 3)
      assert.deepEqual(yield* Fleet.Fleet.use(({ open }) => open), { sessions: 3, places: 6 })
    }).pipe(Effect.provide(fleet())))
})
