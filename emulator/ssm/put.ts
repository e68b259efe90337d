/** PutParameter. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { runInNewContext } from "node:vm"
import { ec2 } from "../ec2/ec2.ts"
import { isImage } from "../ec2/images.ts"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { isKmsKey } from "../support/kms.ts"
import { awaitImage, awaitPolicies, tellChange } from "./events.ts"
import * as Names from "./names.ts"
import * as Parameters from "./parameters.ts"
import * as Policies from "./policies.ts"
import * as Ssm from "./state.ts"
import { tierOf } from "./tiers.ts"

// Milliseconds. A pattern like `^(a+)+$` would otherwise keep the whole process busy for as good as ever.
const PATTERN_TIMEOUT = 100

const checkPattern = Effect.fnUntraced(function*(pattern: string, values: ReadonlyArray<string>) {
  const source = `^(?:${pattern})$`
  yield* Effect.try({
    try: () => new RegExp(source),
    catch: () =>
      new Fault({
        code: "InvalidAllowedPatternException",
        message: "The request doesn't meet the regular expression requirement."
      })
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

/** How long AWS takes to find the image of a parameter. */
const checkTime = 2_000

const checkDataType = Effect.fnUntraced(
  function*(dataType: string, type: sdk.ParameterType, before: string | undefined) {
    if (before !== undefined && dataType !== before) {
      return yield* Ssm.validation("The data type of an existing parameter can't be changed.")
    }
    if (dataType === "aws:ssm:integration") {
      return yield* unsupported(`The in-memory SSM doesn't check values of the data type ${dataType}. Use text.`)
    }
    if (dataType !== "text" && dataType !== "aws:ec2:image") {
      return yield* Ssm.validation(
        `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`
      )
    }
    if (dataType === "aws:ec2:image" && type !== "String") {
      return yield* Ssm.validation(
        `The aws:ec2:image data type is not supported for the following input type: ${type}`
      )
    }
  }
)

/** Whether a parameter has a place in a hierarchy, and not only a name. */
const isInHierarchy = (name: string): boolean => name.lastIndexOf("/") > 0

export const put: Ssm.SsmHandlers = {
  PutParameter: Effect.fnUntraced(function*(input, state, context) {
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
    const { KeyId, Overwrite = false, Tags = [], Type, Value } = checked
    const name = Names.trimmed(checked.Name)
    if (Overwrite && Tags.length > 0) {
      return yield* Ssm.validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
      )
    }
    yield* Names.checkNew(name, context)
    const now = yield* Clock.currentTimeMillis
    const known = yield* Parameters.lookup(state, name)
    const before = known && Parameters.newest(known)
    if (before !== undefined && !Overwrite) {
      return yield* new Fault({
        code: "ParameterAlreadyExists",
        message:
          "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
      })
    }
    const type = Type ?? before?.type
    if (type === undefined) return yield* Ssm.validation("A parameter type is required when you create a parameter.")
    if (before !== undefined && before.type !== type && isInHierarchy(name)) {
      return yield* new Fault({
        code: "HierarchyTypeMismatchException",
        message:
          "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change " +
          "a parameter from a String type to a SecureString type. You must create a new, unique parameter."
      })
    }
    if (KeyId !== undefined && type !== "SecureString") {
      return yield* Ssm.validation("KeyId is required for SecureString type parameter only.")
    }
    if (KeyId !== undefined && !isKmsKey(KeyId)) {
      return yield* new Fault({ code: "InvalidKeyId", message: `Invalid keyId ${KeyId}` })
    }
    if (/\{\{.*\}\}/s.test(Value)) {
      return yield* Ssm.validation(
        `Parameter value can't nest another parameter. Do not use "{{}}" in the value.`
      )
    }
    const dataType = checked.DataType ?? before?.dataType ?? "text"
    yield* checkDataType(dataType, type, before?.dataType)
    const policies = checked.Policies === undefined
      ? Policies.renewed(before?.policies ?? [], before?.modified.getTime() ?? now, now)
      : yield* Policies.read(checked.Policies, now)
    const tier = yield* tierOf(state, checked.Tier, Value, policies, before)
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
          `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite ` +
          `flag. Version ${oldest!.version}, the oldest version, can't be deleted because it has a label associated ` +
          "with it. Move the label to another version of the parameter, and try again."
      })
    }
    const version: Ssm.Version = {
      version: (before?.version ?? 0) + 1,
      value: Value,
      type,
      dataType,
      description: checked.Description ?? before?.description,
      pattern: pattern === "" ? undefined : pattern,
      tier,
      keyId: type === "SecureString" ? KeyId ?? before?.keyId ?? "alias/aws/ssm" : undefined,
      policies,
      modified: new Date(now),
      by: context.principal.arn,
      labels: []
    }
    const tags = known?.tags ?? (yield* Ssm.tags.add([], Tags))
    const stored = known?.name ?? name
    const operation = before === undefined ? "Create" : "Update"
    if (dataType === "text") {
      state.parameters.set(stored, {
        name: stored,
        versions: [...versions, version].slice(-100),
        checked: undefined,
        tags
      })
      tellChange(stored, version, operation, context)
      awaitPolicies(stored, state, now, context)
    } else if (isImage(context.stateOf(ec2), context, Value)) {
      // The answer comes before AWS has found the image. Without it, nothing is stored.
      const at = now + context.takes(checkTime)
      state.parameters.set(stored, { name: stored, versions, checked: { version, at }, tags })
      awaitImage(stored, at, undefined, context)
    } else awaitImage(stored, now + context.takes(checkTime), operation, context)
    return { Version: version.version, Tier: tier }
  })
}
