// Judges the constraints of the handled commands by botocore's models: an input that breaks one has to be rejected, with a message
// that names the member and the constraint.
import * as Acm from "@aws-sdk/client-acm"
import * as AppConfig from "@aws-sdk/client-appconfig"
import * as AppConfigData from "@aws-sdk/client-appconfigdata"
import * as Iam from "@aws-sdk/client-iam"
import * as SecretsManager from "@aws-sdk/client-secrets-manager"
import * as Ssm from "@aws-sdk/client-ssm"
import * as Sts from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { AwsService, InMemory } from "effect-aws-sdk"
import { type Operation, service, type Shape } from "../support/botocore.ts"

const available = await Effect.runPromise(Effect.result(service("sts")))
if (Result.isFailure(available)) {
  const message = `Can't judge the constraints: ${available.failure.message}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

interface Violation {
  readonly input: object
  /** The member, as a message names it. */
  readonly member: string
  readonly must: string
}

const matches = (given: string, text: string): boolean => {
  // The models have Java's patterns, whose `(?i)` is a flag in JavaScript.
  const pattern = given.replaceAll("(?i)", "")
  const flag = pattern === given ? "" : "i"
  try {
    return new RegExp(`^(?:${pattern})$`, `u${flag}`).test(text)
  } catch {
    return new RegExp(`^(?:${pattern})$`, flag).test(text)
  }
}

/** A structure in which every text is there: the query protocol doesn't send an empty one. */
const filled = (shape: Shape, shapeOf: Operation["shapeOf"]): object =>
  Object.fromEntries(
    Object.entries(shape.members ?? {}).flatMap(([name, { shape }]) =>
      shapeOf(shape).type === "string" ? [[name, "a"]] : []
    )
  )

/** Values that break the constraints of a shape, one at a time. */
const wrongValues = (
  shape: Shape,
  shapeOf: Operation["shapeOf"]
): ReadonlyArray<readonly [value: unknown, must: string]> => {
  const { enum: values, max, member, min, pattern, type } = shape
  const isNumber = /^(integer|long|float|double)$/.test(type)
  const of = isNumber ? "value" : "length"
  const element = member === undefined ? undefined : shapeOf(member.shape)
  const sized = (size: number): unknown =>
    isNumber ?
      size :
      type === "list" ?
      Array(size).fill(element?.type === "structure" ? filled(element, shapeOf) : "a") :
      type === "blob"
      ? new Uint8Array(size)
      : type === "map"
      ? Object.fromEntries(Array.from({ length: size }, (_, i) => [`k#${i}`, "a"]))
      : "a".repeat(size)
  const outsider = pattern === undefined
    ? undefined
    : ["\u0007", "é?", "\u{1f600}"].find((text) => !matches(pattern, text))
  return [
    ...(min !== undefined && min > 0 ? [[sized(min - 1), `have ${of} greater than or equal to ${min}`] as const] : []),
    ...(max !== undefined ? [[sized(max + 1), `have ${of} less than or equal to ${max}`] as const] : []),
    ...(outsider !== undefined ? [[outsider, `satisfy regular expression pattern: ${pattern}`] as const] : []),
    ...(values !== undefined ? [["none of them", "satisfy enum value set"] as const] : []),
    ...(element === undefined || element.type === "structure"
      ? []
      : wrongValues(element, shapeOf).map(([value]) => [[value], "satisfy constraint: ["] as const))
  ]
}

/** The inputs that break the constraints of a structure's members, and of the members of its structures. */
const violations = (
  members: Iterable<readonly [string, Shape]>,
  required: ReadonlyArray<string>,
  shapeOf: Operation["shapeOf"],
  at: string,
  within: (part: object) => object
): ReadonlyArray<Violation> =>
  Array.from(members).flatMap(([name, shape]) => {
    const member = at + name.charAt(0).toLowerCase() + name.slice(1)
    const inner = (shape: Shape, at: string, wrap: (part: object) => unknown): ReadonlyArray<Violation> =>
      shape.type !== "structure" ? [] : violations(
        Object.entries(shape.members ?? {}).map(([name, { shape }]) => [name, shapeOf(shape)] as const),
        shape.required ?? [],
        shapeOf,
        at,
        (part) => within({ [name]: wrap(part) })
      )
    return [
      ...(required.includes(name) ? [{ input: within({ [name]: undefined }), member, must: "not be null" }] : []),
      ...wrongValues(shape, shapeOf).map(([value, must]) => ({ input: within({ [name]: value }), member, must })),
      ...inner(shape, `${member}.`, (part) => part),
      ...(shape.member === undefined ? [] : inner(
        shapeOf(shape.member.shape),
        `${member}.1.member.`,
        (part) => [{ ...filled(shapeOf(shape.member!.shape), shapeOf), ...part }]
      ))
    ]
  })

/** Where IAM has messages of its own, which it gives for inputs that keep all other constraints. */
const hasOwnMessage = (service: string, { member, must }: Violation): boolean =>
  service === "IAM" &&
  (member === "accountAlias" || (must.startsWith("satisfy regular") && /(Name|path|Path|pathPrefix)$/.test(member)))

/** The members that commands don't support here: a call with one of them dies with its name, or the SDK's client doesn't have it. */
const unsupported: Readonly<Record<string, RegExp>> = {
  IAM:
    /^(addPrivateKey|assertionEncryptionMode|orderedOrganizationPolicyInputList|policyExclusionList|removePrivateKey|resourceHandlingOption)\b/,
  "Secrets Manager": /^(crossAccountPrimaryARN|policyName)$/
}

const isUnsupported = (service: string, { member }: Violation): boolean => unsupported[service]?.test(member) === true

/** The members that make a request the operation's, which a client doesn't send without them. */
const bound = ({ bound, input }: Operation): object =>
  Object.fromEntries(
    bound.map((name) => {
      const { type } = input.get(name)!
      return [name, type === "integer" ? 1 : type === "list" ? ["a"] : "a"]
    })
  )

/** Whether a client refuses to send the input, because one of these members is missing or empty. */
const isUnsendable = ({ bound }: Operation, input: object): boolean =>
  Object.entries(input).some(([name, value]) => bound.includes(name) && (value === undefined || value === ""))

const services = [
  { name: "acm", client: AwsService.make(Acm.ACMClient), module: Acm },
  { name: "appconfig", client: AwsService.make(AppConfig.AppConfigClient), module: AppConfig },
  { name: "appconfigdata", client: AwsService.make(AppConfigData.AppConfigDataClient), module: AppConfigData },
  { name: "iam", client: AwsService.make(Iam.IAMClient), module: Iam },
  {
    name: "secretsmanager",
    client: AwsService.make(SecretsManager.SecretsManagerClient),
    module: SecretsManager
  },
  { name: "ssm", client: AwsService.make(Ssm.SSMClient), module: Ssm },
  { name: "sts", client: AwsService.make(Sts.STSClient), module: Sts }
] as const

describe.skipIf(Result.isFailure(available))("constraints, judged by botocore's models", () => {
  for (const { client, module, name } of services) {
    it.effect(`${name} rejects an input that breaks any of them`, () =>
      Effect.gen(function*() {
        const { id, operations } = yield* Effect.orDie(service(name))
        const handled = InMemory.commands[id] ?? []
        const accepted: Array<string> = []
        let count = 0
        for (const one of operations) {
          const { input, name: operation, required, shapeOf } = one
          if (!handled.includes(operation)) continue
          const Command = (module as unknown as Record<string, new(input: object) => never>)[`${operation}Command`]!
          for (const violation of violations(input, required, shapeOf, "", (part) => part)) {
            const { member, must } = violation
            if (hasOwnMessage(id, violation) || isUnsupported(id, violation)) continue
            if (isUnsendable(one, violation.input)) continue
            count++
            const error = yield* Effect.flip(
              client.send(new Command({ ...bound(one), ...violation.input }))
            )
            const { cause, code } = error as { readonly code: string; readonly cause: Error }
            const { message } = cause
            const expected = `at '${member}' failed to satisfy constraint: Member must ${must}`
            // The library shortens a message that repeats a long value.
            const says = message.includes(expected) || message.endsWith(" characters)")
            if (!/^(Validation(Exception|Error)|BadRequestException)$/.test(code) || !says) {
              accepted.push(`${operation} ${expected}, got ${code}: ${message}`)
            }
          }
        }
        assert.deepEqual(accepted, [])
        assert.isAbove(count, 10)
        console.log(`${id}: ${count} inputs that break a constraint are rejected.`)
      }).pipe(Effect.provide(InMemory.layer()) as never), 60_000)
  }
})
