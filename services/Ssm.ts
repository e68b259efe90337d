/**
 * AWS Systems Manager Parameter Store.
 *
 * @since 0.1.0
 */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand
} from "@aws-sdk/client-ssm"
import type { ConfigProvider } from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { SsmCodes } from "../errors/codes/Ssm.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import {
  ParameterAlreadyExists,
  ParameterDoesNotExist,
  ParameterNotDecodable,
  ParameterPatternMismatch,
  type ParametersDoNotExist
} from "../errors/internal/ssmErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { readMembers, readPages } from "../src/internal/members.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import * as Configuration from "./internal/configuration.ts"
import * as ConfigurationErrors from "./internal/configurationErrors.ts"
import { refuse } from "./internal/invalid.ts"
import { nameAt, normalized, pathProblem, treeOf } from "./internal/ssm/configuration.ts"
import type { Parameter, ParameterTier, ParameterType } from "./internal/ssm/models.ts"
import * as reads from "./internal/ssm/reads.ts"
import { fromSdk } from "./internal/ssm/results.ts"
import * as ssm from "./internal/ssm/service.ts"
import { type SsmWaiters, waiters } from "./internal/ssm/waiters.ts"

export * from "../errors/SsmErrors.ts"
export type { LayerOptions, RefreshOptions } from "./internal/configuration.ts"
export { Parameter, ParameterTier, ParameterType } from "./internal/ssm/models.ts"
export type { CachedOptions, GetParametersOptions, ReadOptions } from "./internal/ssm/reads.ts"

/**
 * Sends any command of SSM with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-ssm`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `ssm:SendCommand`, for example.
 *
 * **Example** (Run a shell command on an instance)
 *
 * ```ts
 * import { SendCommandCommand } from "@aws-sdk/client-ssm"
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const commandId = Ssm.send(
 *   new SendCommandCommand({
 *     DocumentName: "AWS-RunShellScript",
 *     InstanceIds: ["i-0123456789abcdef0"],
 *     Parameters: { commands: ["uptime"] }
 *   })
 * ).pipe(Effect.map(({ Command }) => Command?.CommandId))
 * ```
 *
 * AWS: [SendCommand](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = ssm.send

/**
 * The pages of any paginated command of SSM: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The versions of a parameter)
 *
 * ```ts
 * import { GetParameterHistoryCommand } from "@aws-sdk/client-ssm"
 * import { Stream } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const versions = Ssm.pages(new GetParameterHistoryCommand({ Name: "/app/replicas" })).pipe(
 *   Stream.map(({ Parameters = [] }) => Parameters.map(({ Version }) => Version))
 * )
 * ```
 *
 * AWS: [GetParameterHistory](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = ssm.pages

/**
 * The elements on all pages of any paginated command of SSM, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The instances that Systems Manager can't reach)
 *
 * ```ts
 * import { DescribeInstanceInformationCommand } from "@aws-sdk/client-ssm"
 * import { Stream } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const lost = Ssm.items(new DescribeInstanceInformationCommand({}), (page) => page.InstanceInformationList).pipe(
 *   Stream.filter(({ PingStatus }) => PingStatus === "ConnectionLost"),
 *   Stream.map(({ InstanceId }) => InstanceId)
 * )
 * ```
 *
 * AWS: [DescribeInstanceInformation](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = ssm.items

/**
 * Waits for a state of SSM that AWS models as a waiter, such as `CommandExecuted`, and returns the last output.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (A command that an instance runs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const output = (CommandId: string, InstanceId: string) =>
 *   Ssm.waitUntil("CommandExecuted", { CommandId, InstanceId }).pipe(
 *     Effect.map(({ StandardOutputContent }) => StandardOutputContent)
 *   )
 * ```
 *
 * AWS: [GetCommandInvocation](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<SsmWaiters, SsmCodes> = /* @__PURE__ */ waitUntilOf(
  "Ssm.waitUntil",
  "SSM",
  send,
  waiters
)

/**
 * Gets a parameter by name, ARN, `name:version` or `name:label`.
 *
 * - `decrypt`: whether to decrypt a `SecureString`; `true` by default. The decrypted value is `Redacted`, and decrypting it
 *   requires `kms:Decrypt` on its key. With `false`, the value is the ciphertext.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `ssm:GetParameter` on the parameter and, to decrypt a secret, `kms:Decrypt` on its key.
 *
 * **Example** (Get a secret)
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
  options?: reads.ReadOptions
): Effect.fn.Return<Parameter, ParameterDoesNotExist | AwsError, AwsClients> {
  const decrypt = options?.decrypt ?? true
  const output = yield* send(new GetParameterCommand({ Name: name, WithDecryption: decrypt })).pipe(
    AwsError.catchCode(
      ["ParameterNotFound", "ParameterVersionNotFound"],
      () => Effect.fail(new ParameterDoesNotExist({ parameter: name }))
    )
  )
  return yield* readMembers(
    { service: "SSM", operation: "GetParameter" },
    output,
    ({ Parameter }, need) => fromSdk(need(Parameter, "Parameter"), decrypt, need)
  )
})

/**
 * Gets parameters, ten in a call, by the names that were asked for, in the same order. A name that is asked for twice is read
 * once.
 *
 * - `names`: names, ARNs, `name:version` or `name:label`, as in {@link getParameter}.
 * - `decrypt`: whether to decrypt `SecureString` values, as in {@link getParameter}; `true` by default.
 * - `concurrency`: the maximum number of concurrent calls; 4 by default.
 *
 * AWS refuses a whole call for one malformed name. Then the call is repeated in halves, so that only the malformed names fail.
 *
 * **Errors**: `ParametersDoNotExist` with the names that are `missing`, the names that AWS has `refused` as malformed, and the
 * parameters that were `found`; `AwsError` if a call fails for another reason.
 *
 * **Requires** the permission `ssm:GetParameters` (not `ssm:GetParameter`), and `kms:Decrypt` on the keys of the secrets.
 *
 * **Example** (Settings, some of which have a default)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const settings = Ssm.getParameters(["/app/limit", "/app/banner", "/app/password:3"]).pipe(
 *   Effect.catchTag("ParametersDoNotExist", ({ found, missing }) =>
 *     Effect.as(Effect.logInfo(`These have their defaults: ${missing.join(", ")}`), found))
 * )
 * ```
 *
 * AWS: [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const getParameters: (
  names: Iterable<string> & object,
  options?: reads.GetParametersOptions
) => Effect.Effect<ReadonlyMap<string, Parameter>, ParametersDoNotExist<Parameter> | AwsError, AwsClients> =
  reads.getParameters

/**
 * Gets a parameter as {@link getParameter} does, but shares calls with the lookups that are made at the same time: a call gets
 * up to ten parameters, and the same parameter once. So a thousand fibers that each look up a parameter make a hundred calls at
 * most.
 *
 * - `decrypt`: as in {@link getParameter}; `true` by default. Lookups with another value don't share a call.
 *
 * The lookups of a Layer share calls, and never those of another Layer. There are at most ten calls at a time. Each lookup has
 * its own result: AWS refuses or denies a whole call because of one of its parameters, and then the call is repeated in halves,
 * so that only the lookups of that parameter fail. A lookup that is interrupted doesn't end the call of the others. Nothing is
 * kept: see {@link cached}. `AwsService.LookupWindow` says how long lookups are collected.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for anything else, whose operation is `GetParameters`.
 *
 * **Requires** the permission `ssm:GetParameters` (not `ssm:GetParameter`), and `kms:Decrypt` on the key of a secret.
 *
 * **Example** (One parameter for each tenant)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const limits = (tenants: ReadonlyArray<string>) =>
 *   Effect.forEach(tenants, (tenant) => Ssm.lookupParameter(`/tenants/${tenant}/limit`), { concurrency: "unbounded" })
 * ```
 *
 * AWS: [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const lookupParameter: (
  name: string,
  options?: reads.ReadOptions
) => Effect.Effect<Parameter, ParameterDoesNotExist | AwsError, AwsClients> = reads.lookupParameter

/**
 * A parameter that is read at most once per `ttl` and Layer, however many fibers ask for it. Define it once, and run it
 * wherever the parameter is needed.
 *
 * - `ttl`: for how long the parameter is kept, from when it was read, on Effect's Clock.
 * - `decrypt`: as in {@link getParameter}; `true` by default. The decrypted value of a `SecureString` is kept `Redacted`.
 *
 * After `ttl`, the next run reads it again, by {@link lookupParameter}: parameters that expire together are read together.
 * Nothing is read in the background. If a Lambda function was frozen meanwhile, the time that has passed counts.
 *
 * A failure isn't kept, and an old value never stands in for it: the run fails, as do those that wait for the same call, and
 * the next run tries again. Each Layer keeps its own parameters, and drops them with itself. It keeps a thousand at most, and
 * drops those first that haven't been asked for the longest. Calls of this function with the same name and options share
 * what they keep; others don't.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for anything else. For a `ttl` that isn't above 0, its reason is
 * `Misconfigured`.
 *
 * **Requires** the permission `ssm:GetParameters` (not `ssm:GetParameter`), and `kms:Decrypt` on the key of a secret.
 *
 * **Example** (A switch that takes effect within a minute)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const maintenance = Ssm.cached("/app/maintenance", { ttl: "1 minute" })
 *
 * const handle = maintenance.pipe(
 *   Effect.flatMap(({ value }) => value === "on" ? Effect.succeed("We'll be back soon.") : Effect.succeed("Hello."))
 * )
 * ```
 *
 * AWS: [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)
 *
 * @category parameters
 * @since 0.1.0
 */
export const cached: (
  name: string,
  options: reads.CachedOptions
) => Effect.Effect<Parameter, ParameterDoesNotExist | AwsError, AwsClients> = reads.cached

/**
 * Gets a parameter whose value is JSON, and decodes it with a schema.
 *
 * **Errors**: `ParameterDoesNotExist`; `ParameterNotDecodable` if the value isn't JSON or doesn't match the schema;
 * `AwsError` for anything else. **Requires** the schema's decoding services.
 *
 * **Example** (Decode a struct)
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
 * The parameters under a path (`/app`), page by page. The Stream is empty if there are none.
 *
 * - `recursive`: whether to include every level under the path; `false` by default, for the first level only.
 * - `decrypt`: whether to decrypt `SecureString` values, as in {@link getParameter}; `true` by default.
 *
 * **Errors**: `AwsError`; for a path that doesn't begin with `/`, its reason is `Rejected`.
 *
 * **Requires** the permission `ssm:GetParametersByPath` on the path and, to decrypt secrets, `kms:Decrypt` on their keys.
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
  return readPages(
    { service: "SSM", operation: "GetParametersByPath" },
    pages(
      new GetParametersByPathCommand({ Path: path, Recursive: options?.recursive ?? false, WithDecryption: decrypt })
    ),
    ({ Parameters }, need) => need(Parameters, "Parameters").map((parameter) => fromSdk(parameter, decrypt, need))
  )
}

/**
 * The names of the parameters directly under a path, without the path: for `/app`, the parameter `/app/eni-1` is `eni-1`.
 *
 * **Errors**: `AwsError`.
 *
 * **Requires** the permission `ssm:GetParametersByPath` on the path. It decrypts nothing.
 *
 * **Example** (List recorded interfaces)
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
 * Creates a parameter, or replaces its value.
 *
 * - `value`: at most 4 KB, or 8 KB in the advanced tier.
 * - `description`: what the parameter is for.
 * - `pattern`: a regular expression that every value of the parameter has to match; by default an existing parameter keeps
 *   its pattern.
 * - `overwrite`: whether to replace the value of an existing parameter; `false` by default.
 * - `type`: by default `SecureString` for a `Redacted` value, and `String` for any other.
 * - `tier`: `Standard`, `Advanced` (for up to 8 KB; AWS charges for it) or `Intelligent-Tiering`; by default an existing
 *   parameter keeps its tier, and a new one gets the account's default in the region. AWS doesn't change an advanced
 *   parameter to a standard one.
 * - `keyId`: the ID, the ARN or the alias of the KMS key that encrypts a `SecureString`; by default the account's `alias/aws/ssm`.
 *   Give it with every overwrite, too: AWS doesn't say that an overwrite keeps the key.
 *
 * The value is never logged. If the response to an attempt is lost, the retry finds the parameter that this attempt may
 * have created: with `overwrite`, it writes the same value again; without, the call fails with an `AwsError` of the code
 * `ParameterAlreadyExists` whose `mayHaveSucceeded` is `true`.
 *
 * **Errors**: `ParameterAlreadyExists`, `ParameterPatternMismatch`; `AwsError` for anything else.
 *
 * **Requires** the permission `ssm:PutParameter` on the parameter; `kms:Encrypt` (`kms:GenerateDataKey` in the advanced tier) on the key
 * of `keyId`.
 *
 * **Example** (Store a setting)
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
  readonly tier?: ParameterTier | undefined
  readonly keyId?: string | undefined
}): Effect.fn.Return<void, ParameterAlreadyExists | ParameterPatternMismatch | AwsError, AwsClients> {
  const { description, name, overwrite = false, pattern, value } = options
  const secret = Redacted.isRedacted(value)
  yield* Effect.logDebug(`Putting SSM parameter ${name}`)
  const output = yield* send(
    new PutParameterCommand({
      Name: name,
      Value: secret ? Redacted.value(value) : value,
      Type: options.type ?? (secret ? "SecureString" : "String"),
      Tier: options.tier,
      KeyId: options.keyId,
      AllowedPattern: pattern,
      Overwrite: overwrite,
      Description: description
    })
  ).pipe(
    // If an earlier attempt got no response, it may have been the one that created the parameter.
    AwsError.catchCode(
      "ParameterAlreadyExists",
      (error) => Effect.fail(error.mayHaveSucceeded ? error : new ParameterAlreadyExists({ parameter: name }))
    ),
    AwsError.catchCode(
      "ParameterPatternMismatchException",
      () => Effect.fail(new ParameterPatternMismatch({ parameter: name, pattern }))
    )
  )
  yield* readMembers(
    { service: "SSM", operation: "PutParameter" },
    output,
    ({ Version }, need) => need(Version, "Version")
  )
})

/**
 * Deletes a parameter.
 *
 * **Errors**: `ParameterDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `ssm:DeleteParameter` on the parameter.
 *
 * **Example** (Ignore a parameter that doesn't exist)
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
    // If an earlier attempt got no response, it may have been the one that deleted the parameter.
    AwsError.catchCode(
      "ParameterNotFound",
      ({ mayHaveSucceeded }) =>
        mayHaveSucceeded ? Effect.void : Effect.fail(new ParameterDoesNotExist({ parameter: name }))
    )
  )
})

/**
 * The options of {@link configProvider}.
 *
 * - `decrypt`: whether to read `SecureString` values; `true` by default, which requires `kms:Decrypt` on their keys. With `false`,
 *   they are missing: their ciphertext would pass for a value.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigProviderOptions extends Configuration.RefreshOptions {
  /** Whether to read `SecureString` values; `true` by default. */
  readonly decrypt?: boolean | undefined
}

/**
 * The options of {@link layerConfigProvider}.
 *
 * @category models
 * @since 0.1.0
 */
export interface LayerConfigProviderOptions extends ConfigProviderOptions, Configuration.LayerOptions {}

/**
 * A `ConfigProvider` of the parameters under a path, at all levels. For `/app`, the parameter `/app/database/host` is the key
 * `host` in `database`.
 *
 * - It reads all parameters at once when it's built, in as many calls as they have pages, and again after `ttl`: see
 *   {@link ConfigProviderOptions}. A lookup makes no call.
 * - A parameter can have a value and parameters below it. Names `0`, `1`, `2`, … without a gap are the elements of an array.
 * - A `StringList` is an array, for `Config.Array` and `Schema.Array`, and its text for `Config.String`.
 * - A `SecureString` is for `Config.Redacted`. The provider shows its value in no log, error, span or JSON.
 * - Keys are as the parameters are named, and upper and lower case differ. `ConfigProvider.mapInput` and
 *   `ConfigProvider.constantCase` translate them.
 *
 * **Errors**: `AwsError`. For a path that doesn't begin with `/` and for a `ttl` that isn't positive, its reason is
 * `Misconfigured`. A path without parameters isn't an error, but the log has a warning.
 *
 * **Requires** the permissions `ssm:GetParametersByPath` on the path and, for values with a key of your own, `kms:Decrypt`.
 *
 * **Example** (The settings of a database, read again after five minutes)
 *
 * ```ts
 * import { Config, ConfigProvider, Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const database = Config.all({ host: Config.String("host"), password: Config.Redacted("password") }).pipe(
 *   Config.nested("database")
 * )
 *
 * const program = Effect.gen(function*() {
 *   const { host, password } = yield* database // /app/database/host and /app/database/password
 * }).pipe(Effect.provide(ConfigProvider.layer(Ssm.configProvider("/app", { ttl: "5 minutes" }))))
 * ```
 *
 * AWS: [GetParametersByPath](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const configProvider = Effect.fn("Ssm.configProvider")(function*(
  path: string,
  options?: ConfigProviderOptions
): Effect.fn.Return<ConfigProvider, AwsError, AwsClients> {
  const problem = pathProblem(path)
  if (problem !== undefined) return yield* refuse("SSM", "configProvider", problem)
  const root = normalized(path)
  return yield* Configuration.make({
    service: "SSM",
    what: `the parameters under ${root}`,
    ttl: options?.ttl,
    sweep: listParametersByPath(root, { recursive: true, decrypt: options?.decrypt }).pipe(
      Stream.runCollect,
      Effect.tap((parameters) =>
        parameters.length > 0 ? Effect.void : Effect.logWarning(`There are no SSM parameters under ${root}`)
      ),
      Effect.map((parameters) => treeOf(root, parameters))
    ),
    nameOf: (key) => key.length === 0 ? `the SSM parameters under ${root}` : `the SSM parameter ${nameAt(root, key)}`
  })
})

/**
 * Adds the parameters under a path to the program's configuration, as {@link configProvider} reads them.
 *
 * - `asPrimary`: whether they take precedence. By default they only fill in the keys that the present `ConfigProvider` lacks,
 *   so that an environment variable overrides them. To have the parameters alone, use `ConfigProvider.layer(Ssm.configProvider(path))`.
 * - the others: see {@link ConfigProviderOptions}.
 *
 * The Layer is for lookups in the effect to which it's provided. With `Layer.provide`, that is the construction of a service, and not
 * its methods, whose lookups use their caller's `ConfigProvider`: use `Layer.provideMerge`, or capture the provider, as in the
 * section "In a service" of `docs/configuration.md`.
 *
 * **Errors**: `AwsError`, as for {@link configProvider}: a missing permission fails the Layer.
 *
 * **Requires** what {@link configProvider} requires.
 *
 * **Example** (The program's configuration)
 *
 * ```ts
 * import { Config, Effect, Layer } from "effect"
 * import { Profile, Ssm } from "effect-aws-sdk"
 *
 * const main = Effect.flatMap(Config.Port("port"), (port) => Effect.log(`Listening on ${port}`)).pipe(
 *   Effect.provide(Ssm.layerConfigProvider("/app", { ttl: "5 minutes" }).pipe(Layer.provide(Profile.layer())))
 * )
 * ```
 *
 * AWS: [GetParametersByPath](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const layerConfigProvider = (
  path: string,
  options?: LayerConfigProviderOptions
): Layer.Layer<never, AwsError, AwsClients> => Configuration.layer(configProvider(path, options), options)

/**
 * Names the parameters in the messages of an effect's `ConfigError`s: `Expected string, in the SSM parameter /app/database/host,
 * which does not exist`. Effect's own message has the key alone. It names what all `ConfigProvider`s of this library looked up, and
 * leaves other errors as they are.
 *
 * Apply it before you provide the `ConfigProvider`, as in the example: it looks at the provider of the effect.
 *
 * **Errors**: those of the effect.
 *
 * **Example** (Name the missing parameter)
 *
 * ```ts
 * import { Config, Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const program = Config.String("host").pipe(
 *   Ssm.explainConfigErrors,
 *   Effect.provide(Ssm.layerConfigProvider("/app"))
 * )
 * ```
 *
 * @category configuration
 * @since 0.1.0
 */
export const explainConfigErrors: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  ConfigurationErrors.explainConfigErrors
