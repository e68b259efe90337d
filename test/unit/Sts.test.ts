import { assert, describe, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { AssumeRole, AwsClients, Ec2, InMemory, Retry, Sts } from "effect-aws-sdk"
import { credentials } from "../support/Server.ts"

describe("environment", () => {
  it.effect("asks AWS once per Layer", () =>
    Effect.gen(function*() {
      const environment = yield* Sts.environment
      assert.strictEqual(yield* Sts.environment, environment)
      assert.strictEqual(String(environment), "aws://123456789012/eu-west-1")
      assert.lengthOf(yield* InMemory.calls, 1)
      const audit = { roleArn: "arn:aws:iam::222222222222:role/audit", sessionName: "me", region: "eu-west-2" }
      const there = yield* Sts.environment.pipe(Effect.provide(AssumeRole.layer(audit)))
      assert.strictEqual(String(there), "aws://222222222222/eu-west-2")
      assert.strictEqual(there.arn, "arn:aws:sts::222222222222:assumed-role/audit/me")
      assert.strictEqual(yield* Sts.environment, environment)
    }).pipe(Effect.provide(InMemory.layer({ region: "eu-west-1" }))))

  it.effect("has a span of its own each time it runs", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          names.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const twice = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.withTracer(Effect.andThen(effect, effect), tracer)
      yield* twice(Sts.environment)
      assert.deepEqual(names.splice(0), ["Sts.environment", "STS.GetCallerIdentity", "Sts.environment"])
      yield* twice(Ec2.availabilityZones)
      assert.deepEqual(names, [
        "Ec2.availabilityZones",
        "EC2.DescribeAvailabilityZones",
        "Ec2.availabilityZones",
        "EC2.DescribeAvailabilityZones"
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks again after a failure", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.serverFault })
      const error = yield* Effect.flip(Sts.environment)
      assert.strictEqual(error.reason._tag, "ServerFault")
      assert.strictEqual((yield* Sts.environment).account, "123456789012")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails when the credentials are rejected or unavailable", () =>
    Effect.gen(function*() {
      const { config } = yield* AwsClients
      const failureWith = (options: Partial<Parameters<typeof AwsClients.layer>[0]>) =>
        Effect.flip(Sts.environment).pipe(Effect.provide(AwsClients.layer({ ...config, ...options })))
      assert.strictEqual((yield* failureWith({ credentials })).reason._tag, "CredentialsRejected")
      const none = yield* failureWith({ credentials: () => Promise.reject(new Error("the vault is sealed")) })
      assert.strictEqual(none.reason._tag, "CredentialsUnavailable")
    }).pipe(Effect.provide(InMemory.layer())))
})
