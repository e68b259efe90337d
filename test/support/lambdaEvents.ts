// Events as AWS delivers them to functions. Their types are those of @types/aws-lambda, which judge their form; what AWS leaves out is
// left out here too.
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  DynamoDBRecord,
  EventBridgeEvent,
  KinesisStreamRecord,
  LambdaFunctionURLEvent,
  S3EventRecord,
  SNSMessage,
  SQSRecord
} from "aws-lambda"
import { Clock, Effect } from "effect"
import type { Context } from "effect-aws-sdk/Lambda"

/** An invocation that Lambda ends after this many milliseconds of the Clock. */
export const invocation = (millis = 60_000): Effect.Effect<Context> =>
  Clock.clockWith((clock) =>
    Effect.sync(() => {
      const deadline = clock.currentTimeMillisUnsafe() + millis
      return {
        functionName: "orders",
        functionVersion: "$LATEST",
        invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:orders",
        memoryLimitInMB: "128",
        awsRequestId: "8e6f9f1c-0000-4000-8000-000000000000",
        logGroupName: "/aws/lambda/orders",
        logStreamName: "2026/01/01/[$LATEST]0",
        getRemainingTimeInMillis: () => deadline - clock.currentTimeMillisUnsafe()
      }
    })
  )

export const eventBridgeEvent = <Detail>(
  source: string,
  detailType: string,
  detail: Detail
): EventBridgeEvent<string, Detail> => ({
  version: "0",
  id: "f3a1c0de-0000-4000-8000-000000000000",
  "detail-type": detailType,
  source,
  account: "123456789012",
  time: "2026-01-02T03:04:05Z",
  region: "eu-central-1",
  resources: [],
  detail
})

export const sqsRecord = (body: string, more: Partial<SQSRecord> = {}): SQSRecord => ({
  messageId: "m-1",
  receiptHandle: "AQEB",
  body,
  attributes: {
    ApproximateReceiveCount: "2",
    SentTimestamp: "1767323045000",
    SenderId: "AIDAEXAMPLE",
    ApproximateFirstReceiveTimestamp: "1767323045123"
  },
  messageAttributes: {},
  md5OfBody: "e4d909c290d0fb1ca068ffaddf22cbd0",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:orders",
  awsRegion: "eu-central-1",
  ...more
})

export const fifoRecord = (messageId: string, group: string, body: string): SQSRecord => {
  const record = sqsRecord(body, { messageId, eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:orders.fifo" })
  const fifo = { MessageGroupId: group, MessageDeduplicationId: messageId, SequenceNumber: "18849496460467696128" }
  return { ...record, attributes: { ...record.attributes, ...fifo } }
}

export const snsMessage = (Message: string): SNSMessage => ({
  Type: "Notification",
  MessageId: "95df01b4-0000-4000-8000-000000000000",
  TopicArn: "arn:aws:sns:eu-central-1:123456789012:orders",
  Message,
  Timestamp: "2026-01-02T03:04:05.678Z",
  SignatureVersion: "1",
  Signature: "EXAMPLE",
  SigningCertUrl: "https://sns.eu-central-1.amazonaws.com/cert.pem",
  UnsubscribeUrl: "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
  MessageAttributes: {}
})

export const snsRecord = (Message: string) => ({
  EventVersion: "1.0",
  EventSubscriptionArn: "arn:aws:sns:eu-central-1:123456789012:orders:21be56ed-0000-4000-8000-000000000000",
  EventSource: "aws:sns",
  Sns: snsMessage(Message)
})

/** As SNS writes it into the body of a queue's message: with other names for the URLs, and without empty attributes. */
export const snsNotification = (Message: string): string => {
  const { MessageAttributes: _, SigningCertUrl, UnsubscribeUrl, ...rest } = snsMessage(Message)
  return JSON.stringify({ ...rest, Subject: null, SigningCertURL: SigningCertUrl, UnsubscribeURL: UnsubscribeUrl })
}

export const s3Record = (key: string): S3EventRecord => ({
  eventVersion: "2.1",
  eventSource: "aws:s3",
  awsRegion: "eu-central-1",
  eventTime: "2026-01-02T03:04:05.678Z",
  eventName: "ObjectCreated:Put",
  userIdentity: { principalId: "AWS:AIDAEXAMPLE" },
  requestParameters: { sourceIPAddress: "192.0.2.1" },
  responseElements: { "x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8" },
  s3: {
    s3SchemaVersion: "1.0",
    configurationId: "all",
    bucket: { name: "photos", ownerIdentity: { principalId: "A3NL1KOZZKExample" }, arn: "arn:aws:s3:::photos" },
    object: { key, size: 1024, eTag: "d41d8cd98f00b204e9800998ecf8427e", sequencer: "0055AED6DCD90281E5" }
  }
})

export const kinesisRecord = (
  data: string | Uint8Array,
  sequenceNumber = "49590338271490256608559692538361571095921575989136588898",
  partitionKey = "1"
): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: "1.0",
    partitionKey,
    sequenceNumber,
    data: Buffer.from(data).toString("base64"),
    approximateArrivalTimestamp: 1767323045.678
  },
  eventSource: "aws:kinesis",
  eventVersion: "1.0",
  eventID: `shardId-000000000006:${sequenceNumber}`,
  eventName: "aws:kinesis:record",
  invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda",
  awsRegion: "eu-central-1",
  eventSourceARN: "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks"
})

type Image = NonNullable<NonNullable<DynamoDBRecord["dynamodb"]>["NewImage"]>

export const dynamoDbRecord = (
  NewImage: Image,
  SequenceNumber = "4421584500000000017450439091",
  Keys: Image = { id: { S: "1" } }
): DynamoDBRecord => ({
  eventID: "c4ca4238a0b923820dcc509a6f75849b",
  eventName: "INSERT",
  eventVersion: "1.1",
  eventSource: "aws:dynamodb",
  awsRegion: "eu-central-1",
  dynamodb: {
    ApproximateCreationDateTime: 1767323045,
    Keys,
    NewImage,
    SequenceNumber,
    SizeBytes: 26,
    StreamViewType: "NEW_AND_OLD_IMAGES"
  },
  eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/accounts/stream/2026-01-01T00:00:00.000"
})

/** As API Gateway's console sends it: with `null` for everything that there isn't. */
export const restRequest = (body: string | null, isBase64Encoded = false): APIGatewayProxyEvent => ({
  resource: "/orders/{id}",
  path: "/orders/1",
  httpMethod: "POST",
  headers: null as any,
  multiValueHeaders: null as any,
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: { id: "1" },
  stageVariables: null,
  requestContext: {
    resourceId: "3nq1cq",
    resourcePath: "/orders/{id}",
    httpMethod: "POST",
    extendedRequestId: "ZhGnYGtqjoEFyzw=",
    requestTime: "02/Jan/2026:03:04:05 +0000",
    path: "/orders/1",
    accountId: "123456789012",
    authorizer: null,
    protocol: "HTTP/1.1",
    stage: "test-invoke-stage",
    domainPrefix: "test",
    requestTimeEpoch: 1767323045678,
    requestId: "28422e1a-0000-4000-8000-000000000000",
    identity: {
      cognitoIdentityPoolId: null,
      cognitoIdentityId: null,
      apiKey: "test-invoke-api-key",
      principalOrgId: null,
      cognitoAuthenticationType: null,
      userArn: null,
      apiKeyId: "test-invoke-api-key-id",
      userAgent: null,
      accountId: null,
      caller: null,
      clientCert: null,
      sourceIp: "192.0.2.1",
      accessKey: null,
      cognitoAuthenticationProvider: null,
      user: null
    },
    domainName: "test.example.com",
    apiId: "puhdx84jy9"
  },
  body,
  isBase64Encoded
})

export const httpRequest = (body?: string, isBase64Encoded = false): APIGatewayProxyEventV2 => ({
  version: "2.0",
  routeKey: "POST /orders/{id}",
  rawPath: "/orders/1",
  rawQueryString: "a=1&a=2",
  cookies: ["session=1", "theme=dark"],
  headers: { "content-type": "application/json", accept: "text/html,text/plain" },
  queryStringParameters: { a: "1,2" },
  requestContext: {
    accountId: "123456789012",
    apiId: "r3pmxmplak",
    domainName: "r3pmxmplak.execute-api.eu-central-1.amazonaws.com",
    domainPrefix: "r3pmxmplak",
    http: {
      method: "POST",
      path: "/orders/1",
      protocol: "HTTP/1.1",
      sourceIp: "192.0.2.1",
      userAgent: "curl/8.0"
    },
    requestId: "JKJaXmPLvHcESHA=",
    routeKey: "POST /orders/{id}",
    stage: "$default",
    time: "02/Jan/2026:03:04:05 +0000",
    timeEpoch: 1767323045678
  },
  ...(body !== undefined && { body }),
  pathParameters: { id: "1" },
  isBase64Encoded
})

/** With the `null`s of the documented example. */
export const urlRequest = (body?: string): LambdaFunctionURLEvent => {
  const request = httpRequest(body)
  const authorizer = { iam: { accessKey: "AKIA", cognitoIdentity: null, principalOrgId: null, userId: "AIDA" } }
  const requestContext = { ...request.requestContext, routeKey: "$default", authentication: null as any, authorizer }
  return {
    ...request,
    routeKey: "$default",
    pathParameters: null as any,
    stageVariables: null as any,
    requestContext
  }
}
