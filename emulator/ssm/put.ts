/** PutParameter. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runInNewContext } from "node:vm"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { isKmsKey } from "../support/kms.ts"
import * as Ssm from "./state.ts"

// Milliseconds. A pattern like `^(a+)+$` would otherwise keep the whole process busy for as good as ever.
const PATTERN_TIMEOUT = 100

const checkPattern = Effect.fnUntraced(function*(pattern: string, values: ReadonlyArray<string>) {
  const source = `^(?:${pattern})$`
  yield* Effect.try({
    try: () => new RegExp(source),
    catch: () =>
      new Fault({ code: "InvalidAllowedPatternException", message: `The regular expression ${pattern} isn't valid.` })
  })
  const isMatch = yield* Effect.try({
    try: () =>
      runInNewContext(
        "values.every((value) => new RegExp(source).test(value))",
        { source, values },
        { timeout: PATTERN_TIMEOUT }
      ) as boolean,
    catch: () => undefined
  }).pipe(
    Effect.catch(() =>
      unsupported(
        `The in-memory SSM can't match the value with the AllowedPattern ${pattern} within ${PATTERN_TIMEOUT} ms.`
      )
    )
  )
  if (!isMatch) {
    return yield* new Fault({
      code: "ParameterPatternMismatchException",
      message: `Parameter value, cannot be validated against allowedPattern: ${pattern}`
    })
  }
})

const checkDataType = (dataType: string) => {
  if (dataType === "text") return Effect.void
  return ["aws:ec2:image", "aws:ssm:integration"].includes(dataType)
    ? unsupported(`The in-memory SSM doesn't check values of the data type ${dataType}. Use text.`)
    : Effect.fail(
      Ssm.validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`)
    )
}

/** The tier of a new version. A parameter can't go back to the Standard tier. */
const tierOf = Effect.fnUntraced(function*(
  tier: string | undefined,
  value: string,
  before: Ssm.Version | undefined
): Effect.fn.Return<Ssm.Version["tier"], Fault> {
  if (tier === "Standard" && before?.tier === "Advanced") {
    return yield* Ssm.validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."
    )
  }
  const size = Buffer.byteLength(value)
  const isAdvanced = tier === "Advanced" || before?.tier === "Advanced" ||
    (tier === "Intelligent-Tiering" && size > 4096)
  const limit = isAdvanced ? 8192 : 4096
  if (size > limit) {
    return yield* Ssm.validation(
      `${
        isAdvanced ? "Advanced" : "Standard"
      } tier parameters support a maximum parameter value of ${limit} characters.`
    )
  }
  return isAdvanced ? "Advanced" : "Standard"
})

export const put: Ssm.SsmHandlers = {
  PutParameter: Effect.fnUntraced(function*(input, { parameters }, context) {
    const checked = yield* Ssm.check(input, {
      Name: Ssm.parameterName,
      Description: { max: 1024 },
      Value: { required: true, min: 1 },
      Type: { enum: ["SecureString", "StringList", "String"] },
      KeyId: { min: 1, max: 256, pattern: "^([a-zA-Z0-9:/_-]+)$" },
      AllowedPattern: { max: 1024 },
      Tags: Ssm.tagRules,
      Tier: { enum: ["Standard", "Intelligent-Tiering", "Advanced"] },
      Policies: { min: 1, max: 4096 },
      DataType: { max: 128 }
    })
    const { DataType = "text", KeyId, Name, Overwrite = false, Tags = [], Type, Value } = checked
    yield* Ssm.checkName(Name)
    if (Overwrite && Tags.length > 0) {
      return yield* Ssm.validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
      )
    }
    const known = parameters.get(Name)
    const before = known && Ssm.newest(known)
    if (before !== undefined && !Overwrite) {
      return yield* new Fault({
        code: "ParameterAlreadyExists",
        message:
          "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
      })
    }
    const type = Type ?? before?.type
    if (type === undefined) return yield* Ssm.validation("A parameter type is required when you create a parameter.")
    if (before !== undefined && before.type !== type) {
      return yield* new Fault({
        code: "HierarchyTypeMismatchException",
        message: "Parameter Store doesn't support changing a parameter type in a hierarchy."
      })
    }
    if (KeyId !== undefined && type !== "SecureString") {
      return yield* Ssm.validation("KeyId is required for SecureString type parameter only.")
    }
    if (KeyId !== undefined && !isKmsKey(KeyId)) {
      return yield* new Fault({ code: "InvalidKeyId", message: `Invalid keyId ${KeyId}` })
    }
    yield* checkDataType(DataType)
    const tier = yield* tierOf(checked.Tier, Value, before)
    const pattern = checked.AllowedPattern ?? before?.pattern
    if (pattern !== undefined && pattern !== "") {
      yield* checkPattern(pattern, type === "StringList" ? Value.split(",") : [Value])
    }
    const versions = known?.versions ?? []
    const [oldest] = versions
    if (versions.length === 100 && oldest!.labels.length > 0) {
      return yield* new Fault({
        code: "ParameterMaxVersionLimitExceeded",
        message:
          `You attempted to create a new version of ${Name} by calling the PutParameter API with the overwrite ` +
          `flag. Version ${oldest!.version}, the oldest version, can't be deleted because it has a label associated ` +
          "with it. Move the label to another version of the parameter, and try again."
      })
    }
    const version: Ssm.Version = {
      version: (before?.version ?? 0) + 1,
      value: Value,
      type,
      description: checked.Description ?? before?.description,
      pattern,
      tier,
      keyId: type === "SecureString" ? KeyId ?? before?.keyId ?? "alias/aws/ssm" : undefined,
      modified: new Date(yield* Clock.currentTimeMillis),
      by: context.principal.arn,
      labels: []
    }
    parameters.set(Name, {
      name: Name,
      versions: [...versions, version].slice(-100),
      tags: known?.tags ?? (yield* Ssm.tags.add([], Tags))
    })
    return { Version: version.version, Tier: tier }
  })
}
