import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  type ParameterStringFilter,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  UnlabelParameterVersionCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect, Redacted, Schema, Stream } from "effect"
import { Ssm } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { rejection } from "./support/rejections.ts"

const names = Array.from({ length: 25 }, (_, i) => `/pages/p${String(i).padStart(2, "0")}`)

const described = (...ParameterFilters: ReadonlyArray<ParameterStringFilter>) =>
  Effect.map(
    Ssm.send(new DescribeParametersCommand({ ParameterFilters: [...ParameterFilters] })),
    ({ Parameters = [] }) => Parameters.map(({ Name }) => Name).sort()
  )

export const ssm = contract("Ssm", {
  "returns a stored parameter": recorded(
    "test_ssm TestSSM::test_parameters_with_path",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/state", value: "ready", description: "how it is" })
      const parameter = yield* Ssm.getParameter("/app/state")
      assert.instanceOf(parameter, Ssm.Parameter)
      assert.deepInclude({ ...parameter }, { name: "/app/state", type: "String", value: "ready", version: 1 })
    })
  ),

  "fails with ParameterDoesNotExist when the parameter is missing": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Ssm.getParameter("/app/none"))
      assert.deepEqual(error, new Ssm.ParameterDoesNotExist({ parameter: "/app/none" }))
      assert.include(error.message, "/app/none")
    })
  ),

  "returns a given version of a parameter": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/v", value: "one" })
      yield* Ssm.putParameter({ name: "/app/v", value: "two", overwrite: true })
      assert.strictEqual((yield* Ssm.getParameter("/app/v:1")).value, "one")
      assert.strictEqual((yield* Ssm.getParameter("/app/v")).version, 2)
      assert.deepEqual(
        yield* Effect.flip(Ssm.getParameter("/app/v:9")),
        new Ssm.ParameterDoesNotExist({ parameter: "/app/v:9" })
      )
    })
  ),

  "returns a SecureString as Redacted, or as ciphertext without decryption": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/password", value: Redacted.make("hunter2") })
      const secret = yield* Ssm.getParameter("/app/password")
      assert.strictEqual(secret.type, "SecureString")
      assert.isTrue(Redacted.isRedacted(secret.value))
      assert.strictEqual(Redacted.value(secret.value as Redacted.Redacted<string>), "hunter2")
      assert.notInclude(JSON.stringify(secret), "hunter2")
      const ciphertext = yield* Ssm.getParameter("/app/password", { decrypt: false })
      assert.isString(ciphertext.value)
      assert.notStrictEqual(ciphertext.value, "hunter2")
    })
  ),

  "encrypts a SecureString with the key of keyId": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const keyIdOf = (name: string) =>
        Ssm.items(
          new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [name] }] }),
          (page) => page.Parameters
        ).pipe(Stream.map(({ KeyId }) => KeyId), Stream.runCollect)
      const value = Redacted.make("hunter2")
      yield* Ssm.putParameter({ name: "/app/own", value, keyId: "alias/app" })
      yield* Ssm.putParameter({ name: "/app/aws", value })
      assert.deepEqual(yield* keyIdOf("/app/own"), ["alias/app"])
      assert.deepEqual(yield* keyIdOf("/app/aws"), ["alias/aws/ssm"])
    })
  ),

  "decodes a JSON parameter with a schema": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      const Size = Schema.Struct({ width: Schema.Int, unit: Schema.Literals(["cm", "in"]) })
      yield* Ssm.putParameter({ name: "/app/size", value: `{"width":3,"unit":"cm"}` })
      assert.deepEqual(yield* Ssm.getParameterJson("/app/size", Size), { width: 3, unit: "cm" })
    })
  ),

  "fails with ParameterNotDecodable without revealing the value": documented(
    "API_GetParameter",
    Effect.gen(function*() {
      const Size = Schema.Struct({ width: Schema.Int })
      yield* Ssm.putParameter({ name: "/app/json", value: `{"width":"hunter2"}` })
      yield* Ssm.putParameter({ name: "/app/text", value: "hunter2" })
      const json = yield* Effect.flip(Ssm.getParameterJson("/app/json", Size))
      assert.strictEqual(json._tag, "ParameterNotDecodable")
      assert.include(json.message, "width")
      assert.notInclude(json.message, "hunter2")
      const text = yield* Effect.flip(Ssm.getParameterJson("/app/text", Size))
      assert.strictEqual(text._tag, "ParameterNotDecodable")
      assert.notInclude(text.message, "hunter2")
      assert.strictEqual((yield* Effect.flip(Ssm.getParameterJson("/app/none", Size)))._tag, "ParameterDoesNotExist")
    })
  ),

  "streams three pages of parameters, from one level or from all": documented(
    "API_GetParametersByPath",
    Effect.gen(function*() {
      yield* Effect.forEach([...names, "/pages/deep/er"], (name) => Ssm.putParameter({ name, value: name }))
      const level = yield* Stream.runCollect(Ssm.listParametersByPath("/pages"))
      assert.deepEqual(level.map(({ name }) => name).sort(), names)
      const all = yield* Stream.runCollect(Ssm.listParametersByPath("/pages", { recursive: true }))
      assert.lengthOf(all, 26)
      assert.deepEqual(yield* Stream.runCollect(Ssm.listParametersByPath("/nothing/here")), [])
    })
  ),

  "streams the last segments of parameter names": documented(
    "API_GetParametersByPath",
    Effect.gen(function*() {
      yield* Effect.forEach(names, (name) => Ssm.putParameter({ name, value: "x" }))
      const found = yield* Stream.runCollect(Ssm.listParameterNamesByPath("/pages"))
      assert.deepEqual([...found].sort(), names.map((name) => name.slice("/pages/".length)))
    })
  ),

  "rejects a path that doesn't begin with a slash": believed(
    "AWS's answer is in aws/aws-sdk-js-v3 issue 5928",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(Ssm.listParametersByPath("pages")))
      assert.strictEqual(error.reason._tag, "Rejected")
      assert.strictEqual(error.code, "ValidationException")
    })
  ),

  "stores a String in the Standard tier, and keeps the allowed pattern when overwriting": believed(
    "an overwritten parameter keeps what the request leaves out, as moto has it",
    Effect.gen(
      function*() {
        const described = Effect.map(
          Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["/app/plain"] }] })),
          ({ Parameters = [] }) => ({ ...Parameters[0] })
        )
        yield* Ssm.putParameter({ name: "/app/plain", value: "x", description: "how it is" })
        assert.deepInclude(yield* described, {
          Name: "/app/plain",
          Type: "String",
          Tier: "Standard",
          Description: "how it is"
        })
        yield* Ssm.putParameter({ name: "/app/plain", value: "1", pattern: "^\\d+$", overwrite: true })
        yield* Ssm.putParameter({ name: "/app/plain", value: "2", overwrite: true })
        assert.strictEqual((yield* described).AllowedPattern, "^\\d+$")
        const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/plain", value: "x", overwrite: true }))
        assert.deepEqual(error, new Ssm.ParameterPatternMismatch({ parameter: "/app/plain", pattern: undefined }))
      }
    )
  ),

  "keeps the tier of a parameter that it overwrites, unless another one is given": believed(
    "the documentation says only that an advanced parameter stays one",
    Effect.gen(function*() {
      const tier = Effect.map(
        Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["/app/large"] }] })),
        ({ Parameters = [] }) => Parameters[0]?.Tier
      )
      const large = "x".repeat(5_000)
      const put = (value: string, tier?: Ssm.ParameterTier) =>
        Ssm.putParameter({ name: "/app/large", value, overwrite: true, tier })
      yield* put("x")
      assert.strictEqual(yield* tier, "Standard")
      yield* put(large, "Advanced")
      assert.strictEqual(yield* tier, "Advanced")
      yield* put(`${large}y`)
      assert.strictEqual(yield* tier, "Advanced")
      assert.strictEqual((yield* Ssm.getParameter("/app/large")).value, `${large}y`)
    })
  ),

  "refuses to make an advanced parameter a standard one": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/large", value: "x", tier: "Advanced" })
      const error = yield* Effect.flip(
        Ssm.putParameter({ name: "/app/large", value: "x", overwrite: true, tier: "Standard" })
      )
      assert.strictEqual(error._tag === "AwsError" ? error.code : error._tag, "ValidationException")
    })
  ),

  "fails with ParameterAlreadyExists unless it may overwrite": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/once", value: "1" })
      const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/once", value: "2" }))
      assert.deepEqual(error, new Ssm.ParameterAlreadyExists({ parameter: "/app/once" }))
      assert.strictEqual((yield* Ssm.getParameter("/app/once")).value, "1")
      yield* Ssm.putParameter({ name: "/app/once", value: "3", overwrite: true })
      assert.strictEqual((yield* Ssm.getParameter("/app/once")).value, "3")
    })
  ),

  "fails with ParameterPatternMismatch when the value doesn't match the pattern": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const put = (value: string) =>
        Ssm.putParameter({ name: "/app/number", value, pattern: "^\\d+$", overwrite: true })
      yield* put("42")
      assert.deepEqual(
        yield* Effect.flip(put("many")),
        new Ssm.ParameterPatternMismatch({ parameter: "/app/number", pattern: "^\\d+$" })
      )
      assert.strictEqual((yield* Ssm.getParameter("/app/number")).value, "42")
    })
  ),

  "deletes a parameter once, then fails with ParameterDoesNotExist": documented(
    "API_DeleteParameter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/gone", value: "x" })
      yield* Ssm.deleteParameter("/app/gone")
      assert.deepEqual(
        yield* Effect.flip(Ssm.deleteParameter("/app/gone")),
        new Ssm.ParameterDoesNotExist({ parameter: "/app/gone" })
      )
    })
  ),

  "rejects a malformed parameter name with AWS's error": documented(
    "API_PutParameter",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/with space", value: "x" }))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") {
        assert.strictEqual(error.reason._tag, "Rejected")
        assert.strictEqual(error.code, "ValidationException")
        assert.isFalse(error.isRetryable)
      }
    })
  ),

  "adds, replaces, lists and removes tags": believed(
    "the commands are documented; the message of a wrong id is moto's",
    Effect.gen(function*() {
      const resource = { ResourceType: "Parameter", ResourceId: "/app/tagged" } as const
      yield* Ssm.send(
        new PutParameterCommand({
          Name: "/app/tagged",
          Value: "x",
          Type: "String",
          Tags: [{ Key: "team", Value: "capture" }, { Key: "stage", Value: "test" }]
        })
      )
      yield* Ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "team", Value: "viewer" }] }))
      yield* Ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["stage", "none"] }))
      const { TagList } = yield* Ssm.send(new ListTagsForResourceCommand(resource))
      assert.deepEqual(TagList, [{ Key: "team", Value: "viewer" }])
      assert.deepEqual(
        yield* rejection(Ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceId: "/app/none" }))),
        ["InvalidResourceId", "Invalid Resource Id"]
      )
    })
  ),

  "rejects tags together with overwriting": believed(
    "moto has AWS's message",
    Effect.gen(function*() {
      const [code] = yield* rejection(
        Ssm.send(
          new PutParameterCommand({
            Name: "/app/both",
            Value: "x",
            Type: "String",
            Overwrite: true,
            Tags: [{ Key: "team", Value: "capture" }]
          })
        )
      )
      assert.strictEqual(code, "ValidationException")
    })
  ),

  "filters parameters by name, path, type, tier and tag": documented(
    "API_ParameterStringFilter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/filters/a", value: "x", tier: "Advanced" })
      yield* Ssm.putParameter({ name: "/filters/b", value: Redacted.make("x") })
      yield* Ssm.putParameter({ name: "/filters/deep/c", value: "x" })
      yield* Ssm.putParameter({ name: "flat", value: "x" })
      yield* Ssm.send(
        new AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId: "/filters/a",
          Tags: [{ Key: "team", Value: "capture" }]
        })
      )
      assert.deepEqual(yield* described({ Key: "Name", Option: "BeginsWith", Values: ["/filters/d", "/flat"] }), [
        "/filters/deep/c",
        "flat"
      ])
      assert.deepEqual(yield* described({ Key: "Name", Option: "Contains", Values: ["lat", "rs/a"] }), [
        "/filters/a",
        "flat"
      ])
      assert.deepEqual(yield* described({ Key: "Path", Values: ["/filters"] }), ["/filters/a", "/filters/b"])
      assert.lengthOf(yield* described({ Key: "Path", Option: "Recursive", Values: ["/"] }), 4)
      assert.deepEqual(yield* described({ Key: "Type", Values: ["SecureString"] }), ["/filters/b"])
      assert.deepEqual(yield* described({ Key: "tag:team", Values: ["capture", "viewer"] }), ["/filters/a"])
      assert.deepEqual(yield* described({ Key: "tag:team" }), ["/filters/a"])
      assert.deepEqual(
        yield* described({ Key: "Path", Values: ["/filters"] }, { Key: "Type", Values: ["String"] }),
        ["/filters/a"]
      )
    })
  ),

  "filters parameters by tier": documented(
    "API_ParameterStringFilter",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/tiers/a", value: "x", tier: "Advanced" })
      yield* Ssm.putParameter({ name: "/tiers/b", value: "x" })
      assert.deepEqual(yield* described({ Key: "Tier", Values: ["Advanced"] }), ["/tiers/a"])
    })
  ),

  "rejects filters that aren't valid for a command": believed(
    "the keys and options are documented; the messages are moto's",
    Effect.gen(function*() {
      const of = (filter: ParameterStringFilter) => rejection(described(filter))
      assert.deepEqual(yield* of({ Key: "Label", Values: ["x"] }), [
        "InvalidFilterKey",
        "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier]."
      ])
      assert.deepEqual(yield* of({ Key: "Type", Values: ["Text"] }), [
        "InvalidFilterOption",
        "The following filter value is not valid: Text. Valid values include: [String, StringList, SecureString]."
      ])
      assert.deepEqual(yield* of({ Key: "Path", Option: "Equals", Values: ["/x"] }), [
        "InvalidFilterOption",
        "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel]."
      ])
      assert.deepEqual(
        yield* rejection(
          Ssm.send(
            new GetParametersByPathCommand({ Path: "/x", ParameterFilters: [{ Key: "Name", Values: ["/x/y"] }] })
          )
        ),
        ["InvalidFilterKey", "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId]."]
      )
    })
  ),

  "reads the version that has a label, and moves the label": documented(
    "API_LabelParameterVersion",
    Effect.gen(function*() {
      const Name = "/labels/a"
      for (const value of ["one", "two"]) yield* Ssm.putParameter({ name: Name, value, overwrite: true })
      const label = (ParameterVersion: number, ...Labels: Array<string>) =>
        Ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }))
      const { InvalidLabels } = yield* label(1, "prod", "1st")
      assert.deepEqual(InvalidLabels, ["1st"])
      const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: `${Name}:prod` }))
      assert.deepInclude({ ...Parameter }, { Name, Value: "one", Version: 1, Selector: ":prod" })
      yield* label(2, "prod")
      assert.strictEqual((yield* Ssm.getParameter(`${Name}:prod`)).value, "two")
      const { Parameters = [] } = yield* Ssm.send(new GetParameterHistoryCommand({ Name }))
      assert.deepEqual(Parameters.map(({ Labels }) => Labels), [[], ["prod"]])
      const removed = yield* Ssm.send(
        new UnlabelParameterVersionCommand({ Name, ParameterVersion: 2, Labels: ["prod", "test"] })
      )
      assert.deepInclude({ ...removed }, { RemovedLabels: ["prod"], InvalidLabels: ["test"] })
      assert.strictEqual((yield* Effect.flip(Ssm.getParameter(`${Name}:prod`)))._tag, "ParameterDoesNotExist")
    })
  ),

  "returns a parameter by its ARN": recorded(
    "test_ssm TestSSM::test_get_parameter_by_arn",
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/arns/a", value: "x" })
      yield* Ssm.putParameter({ name: "arn-flat", value: "y" })
      for (const [name, value] of [["/arns/a", "x"], ["arn-flat", "y"]] as const) {
        const { ARN = "" } = (yield* Ssm.send(new GetParameterCommand({ Name: name }))).Parameter ?? {}
        const { Parameters, InvalidParameters } = yield* Ssm.send(new GetParametersCommand({ Names: [ARN] }))
        assert.deepInclude({ ...Parameters?.[0] }, { Name: name, Value: value, ARN })
        assert.deepEqual(InvalidParameters, [])
      }
    })
  ),

  "rejects a key for a parameter that isn't a SecureString": believed(
    "the message comes from a bug report",
    Effect.gen(function*() {
      assert.deepEqual(
        yield* rejection(
          Ssm.send(new PutParameterCommand({ Name: "/app/plain", Value: "x", Type: "String", KeyId: "alias/mine" }))
        ),
        ["ValidationException", "KeyId is required for SecureString type parameter only."]
      )
    })
  ),

  "lists each violated constraint of a request in one message": believed(
    "AWS words violations so in all services that use its Java framework",
    Effect.gen(function*() {
      const [code, message] = yield* rejection(
        Ssm.send(new PutParameterCommand({ Name: "/app/wrong", Value: "x", Type: "Text" as never, KeyId: "" }))
      )
      assert.strictEqual(code, "ValidationException")
      assert.strictEqual(
        message,
        "3 validation errors detected: " +
          "Value 'Text' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]; " +
          "Value '' at 'keyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-zA-Z0-9:/_-]+)$; " +
          "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1"
      )
    })
  )
})
