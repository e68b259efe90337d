// The events that AWS makes of an HTTP request, by what sends them. As recorded in events that AWS sent
// (github.com/hotsock/voker, vokerhttp/testdata, July 2026), and as AWS documents them:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda"
import { isUtf8 } from "node:buffer"

/** What a client sends. */
export interface Sent {
  readonly method: string
  /** Encoded. */
  readonly path: string
  /** Encoded, without the question mark. */
  readonly query?: string
  /** A name may be there more than once. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
  readonly body?: Uint8Array
}

export interface At {
  readonly stage?: string
  readonly domainName?: string
  readonly authorizer?: any
}

const address = "203.0.113.7"

const listsOf = (headers: ReadonlyArray<readonly [string, string]>) => {
  const lists: Record<string, Array<string>> = {}
  for (const [name, value] of headers) (lists[name] ??= []).push(value)
  return lists
}

const joined = (headers: ReadonlyArray<readonly [string, string]>, separator: string) =>
  Object.fromEntries(Object.entries(listsOf(headers)).map(([name, values]) => [name, values.join(separator)]))

const lower = (headers: ReadonlyArray<readonly [string, string]>) =>
  headers.map(([name, value]) => [name.toLowerCase(), value] as const)

const forwarded = [["X-Forwarded-For", address], ["X-Forwarded-Port", "443"], ["X-Forwarded-Proto", "https"]] as const

/** As text if it is text, as API Gateway and load balancers do by the content type. */
const bodyOf = (body: Uint8Array | undefined, headers: ReadonlyArray<readonly [string, string]>) => {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  const isText = /^text\/|^application\/(json|xml|javascript)/.test(type) && isUtf8(body ?? Buffer.alloc(0))
  return body === undefined || body.length === 0
    ? { body: undefined, isBase64Encoded: false }
    : { body: Buffer.from(body).toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText }
}

const pairsOf = (query: string) =>
  query === "" ? [] : query.split("&").map((pair) => {
    const at = pair.indexOf("=")
    return at < 0 ? [pair, ""] as const : [pair.slice(0, at), pair.slice(at + 1)] as const
  })

/** As the query of a form. */
const decoded = (text: string) => decodeURIComponent(text.replaceAll("+", " "))

const version2 = (
  { body, headers = [], method, query = "" }: Sent,
  rawPath: string,
  { authorizer, domainName, stage = "$default" }: At & { readonly domainName: string },
  cookieHeader: boolean
): APIGatewayProxyEventV2 => {
  const all = lower([["host", domainName], ...headers, ...forwarded])
  const cookies = all.filter(([name]) => name === "cookie").flatMap(([, value]) => value.split(/; */))
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers: joined(all.filter(([name]) => cookieHeader || name !== "cookie"), ","),
    ...(query !== "" && {
      queryStringParameters: joined(pairsOf(query).map(([name, value]) => [decoded(name), decoded(value)]), ",")
    }),
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      ...(authorizer !== undefined && { authorizer }),
      domainName,
      domainPrefix: domainName.split(".")[0]!,
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: address, userAgent: "test" },
      requestId: "request-id",
      routeKey: "$default",
      stage,
      time: "10/Jul/2026:19:19:05 +0000",
      timeEpoch: 1_783_711_145_766
    },
    ...bodyOf(body, headers)
  } as APIGatewayProxyEventV2
}

/** The path that an HTTP API passes on: decoded until it's cut at a question mark, and with slashes for %2F. */
export const httpApiPath = (path: string, stage = "$default"): string =>
  `${stage === "$default" ? "" : `/${stage}`}${decodeURIComponent(path)}`

export const httpApi = (sent: Sent, at: At = {}): APIGatewayProxyEventV2 =>
  version2(
    sent,
    httpApiPath(sent.path, at.stage),
    { domainName: "api-id.execute-api.eu-central-1.amazonaws.com", ...at },
    false
  )

export const functionUrl = (sent: Sent, at: At = {}): APIGatewayProxyEventV2 =>
  version2(sent, sent.path, { domainName: "url-id.lambda-url.eu-central-1.on.aws", ...at }, true)

const version1 = (
  { body, headers = [], method, path, query = "" }: Sent,
  { authorizer = null, domainName = "api-id.execute-api.eu-central-1.amazonaws.com", stage = "prod" }: At
): APIGatewayProxyEvent => {
  const all = [["Host", domainName] as const, ...headers, ...forwarded]
  const parameters = pairsOf(query).map(([name, value]) => [decoded(name), decoded(value)] as const)
  const content = bodyOf(body, headers)
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: method,
    headers: Object.fromEntries(all),
    multiValueHeaders: listsOf(all),
    queryStringParameters: query === "" ? null : Object.fromEntries(parameters),
    multiValueQueryStringParameters: query === "" ? null : listsOf(parameters),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      authorizer,
      domainName,
      httpMethod: method,
      identity: { sourceIp: address, userAgent: "test" } as APIGatewayProxyEvent["requestContext"]["identity"],
      path: `/${stage}${path}`,
      protocol: "HTTP/1.1",
      requestId: "request-id",
      requestTimeEpoch: 1_783_711_144_836,
      resourceId: "resource-id",
      resourcePath: "/{proxy+}",
      stage
    },
    body: content.body ?? null,
    isBase64Encoded: content.isBase64Encoded
  }
}

export const restApi = (sent: Sent, at: At = {}): APIGatewayProxyEvent => version1(sent, at)

/** An HTTP API with payload format 1.0. */
export const httpApi1 = (sent: Sent, at: At = {}): APIGatewayProxyEvent & { readonly version: "1.0" } => ({
  version: "1.0",
  ...version1({ ...sent, path: httpApiPath(sent.path, at.stage) }, { stage: "$default", ...at })
})

const balancer = (
  sent: Sent
): Pick<ALBEvent, "requestContext" | "httpMethod" | "path" | "body" | "isBase64Encoded"> => {
  const content = bodyOf(sent.body, sent.headers ?? [])
  return {
    requestContext: {
      elb: {
        targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/target/4efa1ab384b3474d"
      }
    },
    httpMethod: sent.method,
    path: sent.path,
    body: content.body ?? "",
    isBase64Encoded: content.isBase64Encoded
  }
}

const balancerHeaders = ({ headers = [] }: Sent) =>
  lower([["host", "lambda-1.eu-central-1.elb.amazonaws.com"], ...headers, ...forwarded])

/** A load balancer whose target group has no multi-value headers: of a name that is there twice, it passes on the last. */
export const loadBalancer = (sent: Sent): ALBEvent => ({
  ...balancer(sent),
  queryStringParameters: Object.fromEntries(pairsOf(sent.query ?? "")),
  headers: Object.fromEntries(balancerHeaders(sent))
})

/** A load balancer whose target group has multi-value headers. */
export const multiValueLoadBalancer = (sent: Sent): ALBEvent => ({
  ...balancer(sent),
  multiValueQueryStringParameters: listsOf(pairsOf(sent.query ?? "")),
  multiValueHeaders: listsOf(balancerHeaders(sent))
})
