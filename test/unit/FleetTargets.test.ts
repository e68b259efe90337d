import { partition } from "@aws-sdk/core/client"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Result, Stream } from "effect"
import { AwsClients, Fleet, InMemory, Sts } from "effect-aws-sdk"
import type { InvalidSetting } from "effect-aws-sdk/AssumeRole"
import { inspect } from "node:util"

const account = "111111111111"
const layerOf = (options: Partial<Fleet.Options>, aws = InMemory.layer()) =>
  Fleet.layer({ role: "audit", sessionName: "fleet", ...options }).pipe(Layer.provide(aws))

/** The roles of a target's places, or what is wrong with them. */
const rolesOf = (target: Fleet.Target, options: Partial<Fleet.Options> = {}) =>
  Fleet.Fleet.useSync(({ places }) =>
    places(target).map(Result.match({
      onSuccess: ({ roleArn }) => roleArn,
      onFailure: ({ error }) => error.message
    }))
  ).pipe(Effect.provide(layerOf(options)))

describe("the role of a target", () => {
  const arn = `arn:aws:iam::${account}:role`
  const patterns: ReadonlyArray<readonly [Fleet.RolePattern, string | undefined]> = [
    ["audit", `${arn}/audit`],
    ["/audit", `${arn}/audit`],
    ["team/audit", `${arn}/team/audit`],
    ["/a/b/audit", `${arn}/a/b/audit`],
    ["audit-{account}", `${arn}/audit-${account}`],
    ["arn:aws:iam::{account}:role/team/audit-{account}", `${arn}/team/audit-${account}`],
    ["arn:aws-cn:iam::{account}:role/audit", `arn:aws-cn:iam::${account}:role/audit`],
    [`${arn}/audit`, `${arn}/audit`],
    [(account) => `of-${account}`, `${arn}/of-${account}`],
    [() => undefined, undefined]
  ]
  for (const [role, expected] of patterns) {
    it.effect(`is ${expected} if the fleet's is ${role}`, () =>
      Effect.map(rolesOf({ account }, { role }), (roles) => assert.deepEqual(roles, [expected])))
  }

  it.effect("is the target's own, if it has one", () =>
    Effect.map(
      rolesOf({ roleArn: "arn:aws:iam::222222222222:role/own", regions: ["eu-west-1", "eu-west-2"] }),
      (roles) => assert.deepEqual(roles, Array(2).fill("arn:aws:iam::222222222222:role/own"))
    ))

  it.effect("is asked once per target, whatever the number of regions", () => {
    const asked: Array<string> = []
    const role = (account: string) => {
      asked.push(account)
      return "audit"
    }
    return Effect.map(
      rolesOf({ account, regions: ["eu-west-1", "eu-west-2"] }, { role }),
      () => assert.deepEqual(asked, [account])
    )
  })

  // The judge is the table that the SDK gets from AWS.
  for (
    const region of [
      "us-east-1",
      "eu-central-1",
      "ap-southeast-7",
      "il-central-1",
      "mx-central-1",
      "cn-north-1",
      "cn-northwest-1",
      "us-gov-west-1",
      "us-gov-east-1",
      "us-iso-east-1",
      "us-isob-east-1",
      "us-isob-west-1",
      "eu-isoe-west-1",
      "us-isof-south-1",
      "us-isof-east-1",
      "eusc-de-east-1"
    ]
  ) {
    it.effect(`is in the partition of ${region} that the SDK's table says`, () =>
      Effect.map(
        rolesOf({ account, regions: [region] }),
        (roles) => assert.deepEqual(roles, [`arn:${partition(region).name}:iam::${account}:role/audit`])
      ))
  }
})

describe("a malformed target", () => {
  const throwing = () => {
    throw new Error("no such file")
  }
  const throwingBare = () => {
    throw Object.create(null)
  }
  const hostile = new Proxy({}, {
    get: () => {
      throw new Error("no member")
    }
  })
  const malformed: ReadonlyArray<readonly [unknown, string, Partial<Fleet.Options>?]> = [
    [hostile, "threw Error: no member"],
    [{ account, regions: Object.assign([], { length: 1 }) }, "isn't the name of a region"],
    [{ account: Symbol("account") }, "text of 12 digits"],
    [{ account }, "threw Error: a value that has no string form", { role: throwingBare }],
    [{ account: "1111" }, "text of 12 digits"],
    [{ account: 111_111_111_111 }, "text of 12 digits"],
    [{ account: "" }, "text of 12 digits"],
    [{ account: `${account} ` }, "text of 12 digits"],
    [{ roleArn: "audit" }, "has to be the ARN of a role"],
    [{ roleArn: "arn:aws:iam::1:role/audit" }, "has to be the ARN of a role"],
    [{ roleArn: `arn:aws:iam::${account}:user/audit` }, "has to be the ARN of a role"],
    [{ roleArn: 1 }, "has to be the ARN of a role"],
    [{ account, roleArn: `arn:aws:iam::${account}:role/audit` }, "has both"],
    [{}, "has to have an `account`"],
    [null, "has to have an `account`"],
    [undefined, "has to have an `account`"],
    [account, "has to have an `account`"],
    [{ account, regions: [] }, "has no regions"],
    [{ account, regions: "eu-central-1" }, "have to be a list"],
    [{ account, regions: ["eu central 1"] }, "isn't the name of a region"],
    [{ account, regions: [""] }, "isn't the name of a region"],
    [{ account, regions: ["*"] }, "isn't the name of a region"],
    [{ account, regions: [undefined] }, "isn't the name of a region"],
    [{ account }, "threw Error: no such file", { role: throwing }],
    [{ account }, "isn't the ARN of a role in this account", { role: () => "arn:aws:iam::222222222222:role/x" }],
    [{ account }, "isn't the ARN of a role in this account", { role: () => "a b" }],
    [{ account }, "isn't the ARN of a role in this account", { role: () => "" }],
    [{ account }, "isn't the ARN of a role in this account", { role: (() => 5) as any }],
    [{ account }, "isn't the ARN of a role in this account", { role: (() => null) as any }],
    [{ account }, "isn't the ARN of a role in this account", { role: "arn:aws:iam::222222222222:role/x" }]
  ]
  for (const [target, expected, options = {}] of malformed) {
    const name = target === hostile ? "a proxy" : inspect(target)
    it.effect(`is a failure and doesn't end the others: ${name} ${expected}`, () =>
      Effect.gen(function*() {
        const good = { roleArn: "arn:aws:iam::333333333333:role/audit" }
        const outcomes = yield* Fleet.forEach([target as Fleet.Target, good], Sts.environment).pipe(Stream.runCollect)
        assert.lengthOf(outcomes, 2)
        const [bad] = outcomes.filter((outcome) => outcome.target === target)
        const error = Result.getOrThrow(Result.flip(bad!.result))
        assert.strictEqual(error._tag, "InvalidTarget")
        assert.include(error.message, expected)
        const [other] = outcomes.filter((outcome) => outcome.target === good)
        assert.strictEqual(Result.getOrThrow(other!.result).account, "333333333333")
      }).pipe(Effect.provide(layerOf(options))))
  }

  it.effect("fails the Layer of its clients", () =>
    Effect.gen(function*() {
      for (const place of [{ account: "1" }, { account, region: "*" }, { roleArn: "audit" }]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Fleet.clients(place))))
        assert.strictEqual(error._tag, "InvalidTarget")
      }
    }).pipe(Effect.provide(layerOf({}))))
})

describe("the options of a fleet", () => {
  const wrong: ReadonlyArray<readonly [string, unknown]> = [
    ["sessionName", "x"],
    ["sessionName", "x".repeat(65)],
    ["sessionName", "a b"],
    ["sessionName", undefined],
    ["sessionName", null],
    ["sessionName", 123],
    ["sessionName", Symbol("name")],
    ["role", Object.create(null)],
    ["regions", Object.create(null)],
    ["regions", Object.assign([], { length: 1 })],
    ["policyArns", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    ["transitiveTagKeys", 5],
    ["tags", "team"],
    ["aspects", {}],
    ["aspects", [null]],
    ["endpoint", null],
    ["endpoint", 4566],
    ["sessionName", "a/b"],
    ["role", ""],
    ["role", "a b"],
    ["role", "arn:aws:iam::{account}:user/audit"],
    ["role", "arn:aws:iam::1:role/audit"],
    ["role", "x".repeat(65)],
    ["role", undefined],
    ["idleTimeToLive", NaN],
    ["idleTimeToLive", -1],
    ["idleTimeToLive", "soon"],
    ["duration", NaN],
    ["duration", -1],
    ["duration", "14 minutes"],
    ["duration", "13 hours"],
    ["duration", Infinity],
    ["regions", []],
    ["regions", ["eu central 1"]],
    ["regions", ["eu-central-1", "*"]],
    ["regions", "eu-central-1"],
    ["endpoint", "here"]
  ]
  for (const [name, value] of wrong) {
    it.effect(`are refused when the Layer is built: ${name} ${inspect(value)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(layerOf({ [name]: value }))))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.include(error.message, `\`${name}\` option`)
        assert.match(error.message, /It has to be .+\.$/)
      }))
  }

  it.effect("have the region of the clients below, if they name none", () =>
    Effect.gen(function*() {
      const [outcome] = yield* Fleet.forEach([{ account }], Sts.environment).pipe(Stream.runCollect)
      assert.strictEqual(outcome?.region, "ap-south-1")
    }).pipe(Effect.provide(layerOf({}, InMemory.layer({ region: "ap-south-1" })))))

  it.effect("need the region of the clients below only if they name none", () =>
    Effect.gen(function*() {
      const nowhere = AwsClients.layer({
        region: "",
        credentials: { accessKeyId: "AKIA", secretAccessKey: Redacted.make("secret") }
      })
      const options = { role: "audit", sessionName: "fleet" }
      const build = (layer: Layer.Layer<Fleet.Fleet, InvalidSetting, AwsClients>) =>
        Effect.scoped(Layer.build(layer)).pipe(Effect.provide(nowhere))
      const error = yield* Effect.flip(build(Fleet.layer(options)))
      assert.strictEqual(error.setting, "The region of the underlying `AwsClients`")
      yield* build(Fleet.layer({ ...options, regions: ["eu-central-1"] }))
    }))

  for (const idleTimeToLive of [0, "1 hour", Infinity, Duration.seconds(5)] as const) {
    it.effect(`take ${inspect(idleTimeToLive)} as the idle time`, () =>
      Effect.scoped(Layer.build(layerOf({ idleTimeToLive }))))
  }
})
