// The engine of the emulator, tested with a service that does nothing but read its input.
import type * as sdk from "@aws-sdk/client-ssm"
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { AwsClients } from "effect-aws-sdk"
import { deserialize, serialize } from "node:v8"
import { service, type WithoutEffect } from "../../emulator/engine/service.ts"
import type { World } from "../../emulator/engine/world.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

type Seen = (input: sdk.PutParameterCommandInput) => unknown

/** A world whose SSM reads the members that `look` reads. */
const worldThat = (look: Seen, withoutEffect: WithoutEffect<typeof sdk> = {}) =>
  makeWorld({
    services: [
      service<typeof sdk>()({
        serviceId: "SSM",
        namespace: "com.amazonaws.ssm",
        scope: "region",
        state: () => ({ kept: [] as Array<unknown> }),
        withoutEffect,
        handlers: {
          PutParameter: (input, { kept }) =>
            Effect.sync(() => {
              kept.push(look(input))
              return { Version: kept.length, Tier: "Standard" as const }
            })
        }
      })
    ]
  })

const putWith = (world: World, input: Partial<sdk.PutParameterCommandInput>) =>
  Effect.gen(function*() {
    const client = yield* AwsClients.get(SSMClient)
    return yield* Effect.tryPromise({
      try: () => client.send(new PutParameterCommand({ Name: "/p", Value: "v", ...input })),
      catch: (error) => (error as Error).message
    })
  }).pipe(Effect.provide(clientsOf(world)), Effect.exit)

const failure = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? String(exit) : assert.fail("the call succeeded")

describe("an input member that no code looks at", () => {
  const unsupported = (members: string) => `The in-memory SSM doesn't support ${members} in PutParameter.`
  const nameAndValue: Seen = ({ Name, Value }) => `${Name}${Value}`

  it.effect("fails the call, and is named", () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess(yield* putWith(worldThat(nameAndValue), {})))
      const exit = yield* putWith(worldThat(nameAndValue), { Overwrite: false, Tier: "Advanced" })
      assert.include(failure(exit), unsupported("Overwrite, Tier"))
    }))

  it.effect("may be listed as without effect", () =>
    Effect.gen(function*() {
      const world = worldThat(nameAndValue, { PutParameter: ["Tier"] })
      assert.isTrue(Exit.isSuccess(yield* putWith(world, { Tier: "Advanced" })))
      assert.include(failure(yield* putWith(world, { Tier: "Advanced", Overwrite: true })), unsupported("Overwrite"))
    }))

  it.effect("is found in a structure whose other members were read, and in a list of structures", () =>
    Effect.gen(function*() {
      const keys: Seen = ({ Name, Tags, Value }) => [Name, Value, Tags?.map(({ Key }) => Key)]
      const exit = yield* putWith(worldThat(keys), { Tags: [{ Key: "a", Value: "b" }] })
      assert.include(failure(exit), unsupported("Tags[].Value"))
    }))

  it.effect("isn't in a structure that was taken as a whole, which is kept as plain data", () =>
    Effect.gen(function*() {
      const kept: Array<unknown> = []
      const whole: Seen = ({ Name, Tags, Value }) => kept.push(Name, Value, Tags)
      assert.isTrue(Exit.isSuccess(yield* putWith(worldThat(whole), { Tags: [{ Key: "a", Value: "b" }] })))
      assert.deepEqual(kept, ["/p", "v", [{ Key: "a", Value: "b" }]])
      const [tag] = kept[2] as ReadonlyArray<object>
      assert.isTrue(Object.values(Object.getOwnPropertyDescriptors(tag)).every((one) => "value" in one))
    }))
})

describe("a saved world", () => {
  it.effect("continues where it was saved, and never repeats an ID", () =>
    Effect.gen(function*() {
      const count: Seen = ({ Name, Value }) => [Name, Value, new Date(0), new Map([["k", Buffer.from("v")]])]
      const world = worldThat(count)
      yield* putWith(world, {})
      const saved = world.save()
      const requestIdOf = (exit: Exit.Exit<sdk.PutParameterCommandOutput, unknown>) =>
        Exit.isSuccess(exit) ? exit.value.$metadata.requestId : undefined
      const second = yield* putWith(world, {})
      const other = worldThat(count)
      other.restore(saved)
      const again = yield* putWith(other, {})
      assert.strictEqual(Exit.isSuccess(again) && again.value.Version, 2)
      assert.strictEqual(requestIdOf(again), requestIdOf(second))
      other.reset()
      const first = yield* putWith(other, {})
      assert.strictEqual(Exit.isSuccess(first) && first.value.Version, 1)
    }))

  it("refuses bytes that aren't a saved world, or are from another version", () => {
    const world = worldThat(() => undefined)
    const saved = world.save()
    assert.throws(() => world.restore([new Uint8Array([1, 2, 3])]), "This isn't a saved emulator, or it is damaged.")
    assert.throws(() => world.restore([saved[0]!.subarray(0, -9)]), "damaged")
    const foreign = serialize({ format: "effect-aws-sdk emulator", version: 99 })
    assert.throws(() => world.restore([foreign]), "format 99")
    assert.throws(() => world.restore([serialize({ a: 1 })]), "This isn't a saved emulator.")
  })

  it.effect("keeps large byte arrays out of its graph, and restores them", () =>
    Effect.gen(function*() {
      const bytes = Buffer.alloc(100_000, "large")
      const kept: Seen = ({ Name, Value }) => [Name, Value, [bytes, new Uint8Array(bytes), bytes, Buffer.from("small")]]
      const world = worldThat(kept)
      yield* putWith(world, {})
      const [graph, ...parts] = world.save()
      assert.isBelow(graph!.byteLength, 10_000)
      assert.lengthOf(parts, 2)
      const other = worldThat(kept)
      other.restore([graph!, ...parts])
      const restored = other.save().slice(1)
      assert.deepEqual(restored, parts)
      assert.deepEqual(restored.map((part) => Buffer.isBuffer(part)), [true, false])
      assert.throws(() => other.restore([graph!, parts[0]!]), "damaged")
    }))

  it.effect("is refused if it lacks something or has the state of a service in another form, and changes nothing", () =>
    Effect.gen(function*() {
      const world = worldThat(() => undefined)
      yield* putWith(world, {})
      const whole = deserialize(world.save()[0]!) as { readonly states: ReadonlyMap<string, unknown> }
      const [[key]] = [...whole.states] as [[string, unknown]]
      const cases: ReadonlyArray<readonly [change: object, message: string]> = [
        [{ principals: undefined }, "its principals are missing"],
        [{ principals: new Map([["AKIA", {}]]) }, "its principals are missing"],
        [{ tokens: {} }, "its tokens are missing"],
        [{ random: [1, 2] }, "its random are missing"],
        [{ states: undefined }, "it has no states"],
        [
          { states: new Map([["com.amazonaws.mars", {}]]) },
          "a state of com.amazonaws.mars, a service that this version"
        ],
        [{ states: new Map([[key, { other: 1 }]]) }, "its state of SSM has another form"],
        [{ states: new Map([[key, undefined]]) }, "its state of SSM has another form"],
        [{ states: new Map([[`${key}/more`, whole.states.get(key)]]) }, "its state of SSM has another form"]
      ]
      const before = world.save()
      for (const [change, message] of cases) {
        assert.throws(() => world.restore([serialize({ ...whole, ...change })]), message)
        assert.deepEqual(world.save(), before)
      }
    }))
})

describe("a body that never ends", () => {
  for (const service of ["ssm", "ec2", "es"]) {
    it.live(`is answered by ${service} as too large, long before its end`, () =>
      Effect.gen(function*() {
        let sent = 0
        const body = {
          async *[Symbol.asyncIterator]() {
            for (; sent < 1_000; sent++) yield new Uint8Array(2 ** 20)
          }
        }
        const headers = {
          host: "localhost",
          authorization:
            `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
          ...(service === "ssm" && {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AmazonSSM.GetParameter"
          }),
          ...(service === "ec2" && { "content-type": "application/x-www-form-urlencoded" })
        }
        const path = service === "es" ? "/2021-01-01/opensearch/domain" : "/"
        const world = worldThat(() => undefined)
        const { status } = yield* world.answer({ method: "POST", path, query: "", headers, body }, {
          anyKey: true,
          anyTime: true
        })
        assert.strictEqual(status, 413)
        assert.isBelow(sent, 100)
      }))
  }
})
