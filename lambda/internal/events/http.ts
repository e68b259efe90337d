// Requests through API Gateway and function URLs.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { content, fromBase64, toBase64 } from "./content.ts"
import { absent, always, orEmpty, TextLists, Texts, titled } from "./parts.ts"

const body = {
  body: /* @__PURE__ */ Schema.optionalKey(/* @__PURE__ */ Schema.NullOr(Schema.String)),
  isBase64Encoded: /* @__PURE__ */ orEmpty(Schema.Boolean, false)
}

interface Encoded {
  readonly body?: string | null
  readonly isBase64Encoded: boolean
}

/** A request whose body is by its schema: bytes, text or JSON, encoded in Base64 or not. */
const request = (fields: Schema.Struct.Fields, schema: Schema.Constraint, title: string): any => {
  const { decode, encode } = content(schema)
  const atBody = Effect.mapError((issue: SchemaIssue.Issue) => new SchemaIssue.Pointer(["body"], issue))
  const Typed: Schema.Constraint = Schema.toType(
    Schema.Struct({ ...fields, ...body, body: Schema.toType(schema) })
  )
  return Schema.Struct({ ...fields, ...body }).pipe(
    Schema.decodeTo(Typed, {
      decode: SchemaGetter.transformEffect((event: any) => {
        const { body, isBase64Encoded }: Encoded = event
        const bytes = isBase64Encoded ? fromBase64(body ?? "") : Effect.succeed(body ?? "")
        return Effect.flatMap(bytes, decode).pipe(atBody, Effect.map((body) => ({ ...event, body })))
      }),
      encode: SchemaGetter.transformEffect((event: any) =>
        encode(event.body).pipe(
          Effect.map((body) => {
            const isBase64Encoded = event.isBase64Encoded || typeof body !== "string"
            return { ...event, isBase64Encoded, body: isBase64Encoded ? toBase64(body) : body }
          }),
          atBody
        )
      )
    })
  ).annotate(titled(title, () => Schema.Struct({ ...fields, ...body })))
}

const clientCert = () =>
  Schema.Struct({
    clientCertPem: absent(Schema.String),
    serialNumber: Schema.String,
    subjectDN: Schema.String,
    issuerDN: Schema.String,
    validity: Schema.Struct({ notAfter: Schema.String, notBefore: Schema.String })
  })

const restFields = () => ({
  resource: Schema.String,
  path: Schema.String,
  httpMethod: Schema.String,
  /** By the names that the client wrote. Of a header with several values, the last. */
  headers: orEmpty(Texts, {}),
  multiValueHeaders: orEmpty(TextLists, {}),
  /** Decoded. Of a parameter with several values, the last. */
  queryStringParameters: orEmpty(Texts, {}),
  multiValueQueryStringParameters: orEmpty(TextLists, {}),
  pathParameters: orEmpty(Texts, {}),
  stageVariables: orEmpty(Texts, {}),
  requestContext: Schema.Struct({
    accountId: Schema.String,
    apiId: Schema.String,
    stage: Schema.String,
    requestId: Schema.String,
    httpMethod: Schema.String,
    path: absent(Schema.String),
    protocol: absent(Schema.String),
    resourceId: absent(Schema.String),
    resourcePath: absent(Schema.String),
    domainName: absent(Schema.String),
    domainPrefix: absent(Schema.String),
    extendedRequestId: absent(Schema.String),
    requestTime: absent(Schema.String),
    requestTimeEpoch: absent(Schema.DateFromMillis),
    /** What the authorizer says: the claims of a Cognito user pool, or a Lambda authorizer's own context. */
    authorizer: absent(Schema.Record(Schema.String, Schema.Unknown)),
    identity: Schema.Struct({
      sourceIp: Schema.String,
      userAgent: absent(Schema.String),
      accessKey: absent(Schema.String),
      accountId: absent(Schema.String),
      apiKey: absent(Schema.String),
      apiKeyId: absent(Schema.String),
      caller: absent(Schema.String),
      clientCert: absent(clientCert()),
      cognitoAuthenticationProvider: absent(Schema.String),
      cognitoAuthenticationType: absent(Schema.String),
      cognitoIdentityId: absent(Schema.String),
      cognitoIdentityPoolId: absent(Schema.String),
      principalOrgId: absent(Schema.String),
      user: absent(Schema.String),
      userArn: absent(Schema.String),
      vpcId: absent(Schema.String),
      vpceId: absent(Schema.String)
    })
  })
})

const httpFields = <Name extends Schema.Constraint>(name: Name) => ({
  version: always("2.0"),
  routeKey: name,
  rawPath: Schema.String,
  rawQueryString: Schema.String,
  /** Each as `name=value`. */
  cookies: orEmpty(Schema.Array(Schema.String), []),
  /** By names in lower case, without cookies. The values of a header with several are joined with commas. */
  headers: orEmpty(Texts, {}),
  /** The values of a parameter with several are joined with commas; `rawQueryString` has them apart. */
  queryStringParameters: orEmpty(Texts, {}),
  pathParameters: orEmpty(Texts, {}),
  stageVariables: orEmpty(Texts, {}),
  requestContext: Schema.Struct({
    accountId: Schema.String,
    apiId: Schema.String,
    domainName: Schema.String,
    domainPrefix: Schema.String,
    requestId: Schema.String,
    routeKey: name,
    stage: name,
    /** In the format of access logs; `timeEpoch` is the same time. */
    time: Schema.String,
    timeEpoch: Schema.DateFromMillis,
    http: Schema.Struct({
      method: Schema.String,
      path: Schema.String,
      protocol: Schema.String,
      sourceIp: Schema.String,
      userAgent: absent(Schema.String)
    }),
    authentication: absent(Schema.Struct({ clientCert: absent(clientCert()) })),
    authorizer: absent(Schema.Struct({
      jwt: absent(Schema.Struct({
        claims: orEmpty(Schema.Record(Schema.String, Schema.Unknown), {}),
        scopes: orEmpty(Schema.Array(Schema.String), [])
      })),
      /** A Lambda authorizer's own context. */
      lambda: absent(Schema.Record(Schema.String, Schema.Unknown)),
      iam: absent(Schema.Struct({
        accessKey: absent(Schema.String),
        accountId: absent(Schema.String),
        callerId: absent(Schema.String),
        cognitoIdentity: absent(Schema.Unknown),
        principalOrgId: absent(Schema.String),
        userArn: absent(Schema.String),
        userId: absent(Schema.String)
      }))
    }))
  })
})

type RestRequest = Schema.Struct<ReturnType<typeof restFields> & typeof body>
type HttpRequest = Schema.Struct<ReturnType<typeof httpFields<Schema.String>> & typeof body>

const urlFields = () => httpFields(absent(Schema.String))

type UrlRequest = Schema.Struct<ReturnType<typeof urlFields> & typeof body>

/**
 * A request to a REST API, or to an HTTP API whose integration has the payload format 1.0.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiGatewayRequest<out Body = Uint8Array> extends Omit<Schema.Schema.Type<RestRequest>, "body"> {
  /** The body, by its schema. */
  readonly body: Body
}

/**
 * A request to a REST API, as API Gateway sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiGatewayRequestEncoded extends Schema.Codec.Encoded<RestRequest> {}

/**
 * A request to an HTTP API.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiGatewayV2Request<out Body = Uint8Array> extends Omit<Schema.Schema.Type<HttpRequest>, "body"> {
  /** The body, by its schema. */
  readonly body: Body
}

/**
 * A request to an HTTP API, as API Gateway sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiGatewayV2RequestEncoded extends Schema.Codec.Encoded<HttpRequest> {}

/**
 * A request to a function URL.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionUrlRequest<out Body = Uint8Array> extends Omit<Schema.Schema.Type<UrlRequest>, "body"> {
  /** The body, by its schema. */
  readonly body: Body
}

/**
 * A request to a function URL, as Lambda sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionUrlRequestEncoded extends Schema.Codec.Encoded<UrlRequest> {}

/**
 * A request to a REST API of API Gateway (version 1), through a proxy integration.
 *
 * - `body`: the schema of the body. A schema that decodes from a `Uint8Array` gets the bytes, a schema that decodes from a
 *   string gets the text, and any other gets the JSON in it, whether or not API Gateway encoded the body in Base64. By
 *   default, the body is bytes. A request without a body has an empty one.
 *
 * Members that API Gateway sends as `null` are absent, or empty records.
 *
 * **Example** (A body of JSON)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String })
 *
 * const onRequest = Lambda.on(Lambda.ApiGatewayEvent(Order), ({ body, pathParameters }) =>
 *   Effect.succeed({ statusCode: 200, body: `${body.id} for ${pathParameters["customer"]}` }))
 * ```
 *
 * AWS: [Input format](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html)
 *
 * @category events
 * @since 0.1.0
 */
export const ApiGatewayEvent: {
  (): Schema.Codec<ApiGatewayRequest, ApiGatewayRequestEncoded>
  <Body extends Schema.Constraint>(
    body: Body
  ): Schema.Codec<
    ApiGatewayRequest<Body["Type"]>,
    ApiGatewayRequestEncoded,
    Body["DecodingServices"],
    Body["EncodingServices"]
  >
} = (body: Schema.Constraint = Schema.Uint8Array): any =>
  request(restFields(), body, "a request of API Gateway, in the payload format 1.0")

/**
 * A request to an HTTP API of API Gateway (version 2), whose integration has the payload format 2.0.
 *
 * - `body`: the schema of the body, as for {@link ApiGatewayEvent}.
 *
 * An integration with the payload format 1.0 sends an {@link ApiGatewayEvent}.
 *
 * **Example** (A body of JSON)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String })
 *
 * const onRequest = Lambda.on(Lambda.ApiGatewayV2Event(Order), ({ body, requestContext: { http } }) =>
 *   Effect.succeed({ statusCode: 200, body: `${http.method} ${http.path}: ${body.id}` }))
 * ```
 *
 * AWS: [Payload format](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)
 *
 * @category events
 * @since 0.1.0
 */
export const ApiGatewayV2Event: {
  (): Schema.Codec<ApiGatewayV2Request, ApiGatewayV2RequestEncoded>
  <Body extends Schema.Constraint>(
    body: Body
  ): Schema.Codec<
    ApiGatewayV2Request<Body["Type"]>,
    ApiGatewayV2RequestEncoded,
    Body["DecodingServices"],
    Body["EncodingServices"]
  >
} = (body: Schema.Constraint = Schema.Uint8Array): any =>
  request(httpFields(Schema.String), body, "a request of API Gateway, in the payload format 2.0")

/**
 * A request to a function's own URL.
 *
 * - `body`: the schema of the body, as for {@link ApiGatewayEvent}.
 *
 * **Example** (A text)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onRequest = Lambda.on(Lambda.FunctionUrlEvent(Schema.String), ({ body, rawPath }) =>
 *   Effect.succeed({ statusCode: 200, body: `${rawPath}: ${body}` }))
 * ```
 *
 * AWS: [Request payload](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads)
 *
 * @category events
 * @since 0.1.0
 */
export const FunctionUrlEvent: {
  (): Schema.Codec<FunctionUrlRequest, FunctionUrlRequestEncoded>
  <Body extends Schema.Constraint>(
    body: Body
  ): Schema.Codec<
    FunctionUrlRequest<Body["Type"]>,
    FunctionUrlRequestEncoded,
    Body["DecodingServices"],
    Body["EncodingServices"]
  >
} = (body: Schema.Constraint = Schema.Uint8Array): any => request(urlFields(), body, "a request to a function URL")
