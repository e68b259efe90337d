/** In-memory EventBridge: connections, which hold what API destinations sign in with. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { defined, pick } from "../support/members.ts"
import * as EventBridge from "./state.ts"

const name = { required: true, min: 1, max: 64, pattern: EventBridge.plainName } as const

const text = {
  min: 1,
  max: 512,
  pattern: "^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$"
} as const

const authorizations = ["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"] as const

/** The member of AuthParameters for each way to sign in. */
const blocks = { BASIC: "BasicAuthParameters", API_KEY: "ApiKeyAuthParameters" } as const

const settings = ["AuthorizationType", "Description", "KmsKeyIdentifier"] as const

const constraints = (isNew: boolean) => ({
  Name: name,
  Description: EventBridge.rules.description,
  KmsKeyIdentifier: EventBridge.rules.kmsKey,
  AuthorizationType: { enum: authorizations, ...(isNew && { required: true as const }) },
  AuthParameters: {
    ...(isNew && { required: true as const }),
    members: {
      BasicAuthParameters: {
        members: isNew
          ? { Username: { required: true as const, ...text }, Password: { required: true as const, ...text } }
          : { Username: text, Password: text }
      },
      ApiKeyAuthParameters: {
        members: isNew
          ? { ApiKeyName: { required: true as const, ...text }, ApiKeyValue: { required: true as const, ...text } }
          : { ApiKeyName: text, ApiKeyValue: text }
      }
    }
  }
})

type Http = sdk.ConnectionHttpParameters

const withoutSecrets = (parameters: Http): Http => {
  const shown = <A extends { readonly IsValueSecret?: boolean | undefined; readonly Value?: string | undefined }>(
    list: ReadonlyArray<A> | undefined
  ) =>
    list?.map((one) =>
      defined({ ...one, IsValueSecret: one.IsValueSecret ?? false, Value: one.IsValueSecret ? undefined : one.Value })
    )
  return defined({
    HeaderParameters: shown(parameters.HeaderParameters),
    QueryStringParameters: shown(parameters.QueryStringParameters),
    BodyParameters: shown(parameters.BodyParameters)
  }) as Http
}

/** The parameters of a request as answers have them. */
const parametersOf = Effect.fnUntraced(function*(
  input: sdk.CreateConnectionRequest | sdk.UpdateConnectionRequest,
  type: sdk.ConnectionAuthorizationType | undefined
) {
  const given = unobserved(input)
  if (type === "OAUTH_CLIENT_CREDENTIALS" || given.AuthParameters?.OAuthParameters !== undefined) {
    return yield* unsupported(
      "The in-memory EventBridge doesn't authorize connections with OAuth. Use BASIC or API_KEY."
    )
  }
  if (
    given.InvocationConnectivityParameters !== undefined ||
    given.AuthParameters?.ConnectivityParameters !== undefined
  ) {
    return yield* unsupported(
      "The in-memory EventBridge doesn't have private connections. Leave InvocationConnectivityParameters and ConnectivityParameters out."
    )
  }
  const { ApiKeyAuthParameters, BasicAuthParameters, InvocationHttpParameters } = given.AuthParameters ?? {}
  const block = type && blocks[type]
  if (given.AuthParameters !== undefined && block !== undefined && given.AuthParameters[block] === undefined) {
    return yield* EventBridge.validation(`Parameter ${block} is not valid. Reason: Missing required field(s).`)
  }
  return defined({
    BasicAuthParameters: type === "BASIC" && BasicAuthParameters
      ? { Username: BasicAuthParameters.Username }
      : undefined,
    ApiKeyAuthParameters: type === "API_KEY" && ApiKeyAuthParameters
      ? { ApiKeyName: ApiKeyAuthParameters.ApiKeyName }
      : undefined,
    InvocationHttpParameters: InvocationHttpParameters && withoutSecrets(InvocationHttpParameters)
  })
})

export const find = ({ connections }: EventBridge.State, name: string) => {
  const connection = connections.get(name)
  return connection === undefined
    ? Effect.fail(EventBridge.notFound(`Connection '${name}' does not exist.`))
    : Effect.succeed(connection)
}

const stateOf = ({ authorized }: EventBridge.Connection): sdk.ConnectionState =>
  authorized === undefined ? "DEAUTHORIZED" : "AUTHORIZED"

const summary = (connection: EventBridge.Connection) =>
  defined({
    ConnectionArn: connection.arn,
    ConnectionState: stateOf(connection),
    CreationTime: connection.created,
    LastModifiedTime: connection.modified,
    LastAuthorizedTime: connection.authorized
  })

const newConnection = (id: string, context: HandlerContext) => {
  const resource = `${id}/${context.uuid()}`
  return {
    arn: context.arn("events", `connection/${resource}`),
    secret: context.arn("secretsmanager", `secret:events!connection/${resource}-${context.id("", 6)}`)
  }
}

export const handlers: EventBridge.EventBridgeHandlers = {
  CreateConnection: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, constraints(true))
    const { Name } = checked
    if (state.connections.has(Name!)) return yield* EventBridge.alreadyExists(`Connection '${Name}'`)
    const parameters = yield* parametersOf(input, checked.AuthorizationType)
    const now = new Date(yield* Clock.currentTimeMillis)
    const connection: EventBridge.Connection = {
      name: Name!,
      ...newConnection(Name!, context),
      settings: pick(checked, settings) as EventBridge.Connection["settings"],
      parameters: { ...parameters } as sdk.ConnectionAuthResponseParameters,
      created: now,
      modified: now,
      authorized: now
    }
    // The parameters are kept as a whole.
    void { ...checked.AuthParameters }
    state.connections.set(connection.name, connection)
    const { LastAuthorizedTime: _, ...answer } = summary(connection)
    return answer
  }),

  DescribeConnection: Effect.fnUntraced(function*(input, state) {
    const { Name } = yield* EventBridge.check(input, { Name: name })
    const connection = yield* find(state, Name)
    return {
      Name: connection.name,
      ...connection.settings,
      AuthParameters: connection.parameters,
      SecretArn: connection.secret,
      ...summary(connection)
    }
  }),

  UpdateConnection: Effect.fnUntraced(function*(input, state) {
    const checked = yield* EventBridge.check(input, constraints(false))
    const before = yield* find(state, checked.Name!)
    const type = checked.AuthorizationType ?? before.settings.AuthorizationType
    const parameters = yield* parametersOf(input, type)
    void { ...checked.AuthParameters }
    const now = new Date(yield* Clock.currentTimeMillis)
    const connection: EventBridge.Connection = {
      ...before,
      settings: { ...before.settings, ...pick(checked, settings) } as EventBridge.Connection["settings"],
      parameters: { ...before.parameters, ...parameters } as sdk.ConnectionAuthResponseParameters,
      modified: now,
      authorized: now
    }
    state.connections.set(connection.name, connection)
    return summary(connection)
  }),

  DeauthorizeConnection: Effect.fnUntraced(function*(input, state) {
    const { Name } = yield* EventBridge.check(input, { Name: name })
    const connection = yield* find(state, Name)
    const modified = new Date(yield* Clock.currentTimeMillis)
    state.connections.set(Name, { ...connection, modified, authorized: undefined })
    return { ...summary(connection), ConnectionState: "DEAUTHORIZING" as const, LastModifiedTime: modified }
  }),

  ListConnections: Effect.fnUntraced(function*(input, state, context) {
    const { ConnectionState, NamePrefix = "" } = yield* EventBridge.check(input, {
      NamePrefix: { min: 1, max: 64, pattern: EventBridge.plainName },
      Limit: EventBridge.rules.limit
    })
    const found = [...state.connections.values()].filter((connection) =>
      connection.name.startsWith(NamePrefix) &&
      (ConnectionState === undefined || stateOf(connection) === ConnectionState)
    )
    const [page, token] = yield* EventBridge.page(found, input, context)
    return {
      Connections: page.map((connection) => ({
        Name: connection.name,
        AuthorizationType: connection.settings.AuthorizationType,
        ...summary(connection)
      })),
      NextToken: token
    }
  }),

  DeleteConnection: Effect.fnUntraced(function*(input, state) {
    const { Name } = yield* EventBridge.check(input, { Name: name })
    const connection = yield* find(state, Name)
    state.connections.delete(Name)
    return { ...summary(connection), ConnectionState: "DELETING" as const }
  })
}
