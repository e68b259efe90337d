/**
 * Parameters of AWS Systems Manager's Parameter Store.
 *
 * @since 0.1.0
 */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter as SdkParameter,
  PutParameterCommand,
  SSMClient
} from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { SsmCodes } from "../errors/codes/Ssm.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import {
  ParameterAlreadyExists,
  ParameterDoesNotExist,
  ParameterNotDecodable,
  ParameterPatternMismatch
} from "../errors/internal/ssmErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"

export * from "../errors/SsmErrors.ts"

const service = AwsService.make<SSMClient, SsmCodes>(SSMClient)

/**
 * Sends any command of SSM.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of SSM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of SSM that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * What kind of value a parameter holds.
 *
 * @category models
 * @since 0.1.0
 */
export const ParameterType = Schema.Literals(["String", "StringList", "SecureString"])

/**
 * What kind of value a parameter holds.
 *
 * @category models
 * @since 0.1.0
 */
export type ParameterType = typeof ParameterType.Type

/**
 * A parameter, and its value. The value of a `SecureString` that was decrypted is `Redacted`: so is it in JSON, and the
 * schema refuses to encode it to JSON.
 *
 * @category models
 * @since 0.1.0
 */
export class Parameter extends Schema.Class<Parameter>("effect-aws-sdk/Ssm/Parameter")({
  name: Schema.String,
  type: ParameterType,
  value: Schema.Union([Schema.String, Schema.Redacted(Schema.String, { disallowJsonEncode: true })]),
  version: Schema.Int,
  arn: Schema.optionalKey(Schema.String),
  lastModified: Schema.optionalKey(Schema.Date)
}) {}

const fromSdk = (parameter: SdkParameter, decrypted: boolean): Parameter => {
  const { ARN, LastModifiedDate, Name = "", Type = "String", Value = "", Version = 0 } = parameter
  return new Parameter({
    name: Name,
    type: Type,
    value: Type === "SecureString" && decrypted ? Redacted.make(Value, { label: Name }) : Value,
    version: Version,
    ...(ARN !== undefined && { arn: ARN }),
    ...(LastModifiedDate !== undefined && { lastModified: LastModifiedDate })
  })
}

/**
 * A parameter by its name, its ARN, or `name:version` or `name:label`.
 *
 * A `SecureString` is decrypted, which needs `kms:Decrypt` on its key, and comes as `Redacted`; with `decrypt: false` it
 * comes as the ciphertext.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (A secret)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const password = Ssm.getParameter("/app/password").pipe(Effect.map((parameter) => parameter.value))
 * ```
 *
 * AWS: [GetParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const getParameter = Effect.fn("Ssm.getParameter")(function*(
  name: string,
  options?: { readonly decrypt?: boolean | undefined }
): Effect.fn.Return<Parameter, ParameterDoesNotExist | AwsError, AwsClients> {
  const decrypt = options?.decrypt ?? true
  const { Parameter = {} } = yield* send(new GetParameterCommand({ Name: name, WithDecryption: decrypt })).pipe(
    AwsError.catchCode(
      ["ParameterNotFound", "ParameterVersionNotFound"],
      () => Effect.fail(new ParameterDoesNotExist({ parameter: name }))
    )
  )
  return fromSdk(Parameter, decrypt)
})

/**
 * A parameter whose value is JSON, decoded by a schema.
 *
 * **Errors**: `ParameterDoesNotExist`; `ParameterNotDecodable` where the value is no JSON, or not what the schema
 * describes; `AwsError` for the rest. **Requires** what the schema requires to decode.
 *
 * **Example** (A record)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const size = Ssm.getParameterJson("/app/size", Schema.Struct({ width: Schema.Int, height: Schema.Int }))
 * ```
 *
 * AWS: [GetParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const getParameterJson = Effect.fn("Ssm.getParameterJson")(function*<S extends Schema.Constraint>(
  name: string,
  schema: S
): Effect.fn.Return<
  S["Type"],
  ParameterDoesNotExist | ParameterNotDecodable | AwsError,
  AwsClients | S["DecodingServices"]
> {
  const { value } = yield* getParameter(name)
  return yield* Schema.decodeEffect(Schema.fromJsonString(schema))(
    Redacted.isRedacted(value) ? Redacted.value(value) : value
  ).pipe(Effect.mapError((error) => new ParameterNotDecodable({ parameter: name, issue: error.message })))
})

/**
 * The parameters below a path (`/app`), page by page; with `recursive`, those at every depth below it.
 *
 * **Errors**: `AwsError`; a path that does not begin with `/` is `Rejected`. A path below which there is nothing is an
 * empty Stream.
 *
 * **Example** (All settings of an application)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const settings = Ssm.listParametersByPath("/app", { recursive: true }).pipe(Stream.runCollect)
 * ```
 *
 * AWS: [GetParametersByPath](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const listParametersByPath = (
  path: string,
  options?: { readonly recursive?: boolean | undefined; readonly decrypt?: boolean | undefined }
): Stream.Stream<Parameter, AwsError, AwsClients> => {
  const decrypt = options?.decrypt ?? true
  return items(
    new GetParametersByPathCommand({ Path: path, Recursive: options?.recursive ?? false, WithDecryption: decrypt }),
    (page) => page.Parameters?.map((parameter) => fromSdk(parameter, decrypt))
  )
}

/**
 * The last segments of the names right below a path: `/app/eni-1` below `/app` is `eni-1`.
 *
 * **Errors**: `AwsError`.
 *
 * **Example** (What is recorded)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const recorded = Ssm.listParameterNamesByPath("/app").pipe(Stream.runCollect)
 * ```
 *
 * AWS: [GetParametersByPath](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const listParameterNamesByPath = (path: string): Stream.Stream<string, AwsError, AwsClients> =>
  Stream.map(
    listParametersByPath(path, { decrypt: false }),
    ({ name }) => name.slice(name.lastIndexOf("/") + 1)
  )

/**
 * Creates a parameter, or with `overwrite` replaces its value.
 *
 * - `value`: at most 4 KB; one that is `Redacted` is stored as a `SecureString` unless `type` says otherwise.
 * - `pattern`: a regular expression that every value of the parameter has to match; by default that of the parameter as it
 *   is, if it has one.
 * - `type`: `String` by default.
 *
 * The value is never logged. Where the answer to a first attempt is lost, the second finds what the first has made: with
 * `overwrite` it is replaced by the same value, without it the call fails with `ParameterAlreadyExists`.
 *
 * **Errors**: `ParameterAlreadyExists`, `ParameterPatternMismatch`; `AwsError` for the rest.
 *
 * **Example** (A setting)
 *
 * ```ts
 * import { Ssm } from "effect-aws-sdk"
 *
 * const put = Ssm.putParameter({ name: "/app/replicas", value: "3", pattern: "^\\d+$", overwrite: true })
 * ```
 *
 * AWS: [PutParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const putParameter = Effect.fn("Ssm.putParameter")(function*(options: {
  readonly name: string
  readonly value: string | Redacted.Redacted<string>
  readonly description?: string | undefined
  readonly pattern?: string | undefined
  readonly overwrite?: boolean | undefined
  readonly type?: ParameterType | undefined
}): Effect.fn.Return<void, ParameterAlreadyExists | ParameterPatternMismatch | AwsError, AwsClients> {
  const { description, name, overwrite = false, pattern, value } = options
  const secret = Redacted.isRedacted(value)
  yield* Effect.logDebug(`Putting SSM parameter ${name}`)
  yield* send(
    new PutParameterCommand({
      Name: name,
      Value: secret ? Redacted.value(value) : value,
      Type: options.type ?? (secret ? "SecureString" : "String"),
      Tier: "Standard",
      AllowedPattern: pattern,
      Overwrite: overwrite,
      Description: description
    })
  ).pipe(
    AwsError.catchCode("ParameterAlreadyExists", () => Effect.fail(new ParameterAlreadyExists({ parameter: name }))),
    AwsError.catchCode(
      "ParameterPatternMismatchException",
      () => Effect.fail(new ParameterPatternMismatch({ parameter: name, pattern }))
    )
  )
})

/**
 * Deletes a parameter.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (Gone, whether it was there or not)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const gone = Ssm.deleteParameter("/app/state").pipe(Effect.catchTag("ParameterDoesNotExist", () => Effect.void))
 * ```
 *
 * AWS: [DeleteParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const deleteParameter = Effect.fn("Ssm.deleteParameter")(function*(
  name: string
): Effect.fn.Return<void, ParameterDoesNotExist | AwsError, AwsClients> {
  yield* Effect.logDebug(`Deleting SSM parameter ${name}`)
  yield* send(new DeleteParameterCommand({ Name: name })).pipe(
    // Where an attempt before this one had no answer, it is that one which has deleted it.
    AwsError.catchCode(
      "ParameterNotFound",
      ({ mayHaveSucceeded }) =>
        mayHaveSucceeded ? Effect.void : Effect.fail(new ParameterDoesNotExist({ parameter: name }))
    )
  )
})
