import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  CreateEventBusCommand,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  DescribeEventBusCommand,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  ListEventBusesCommand,
  PutEventsCommand,
  PutPermissionCommand,
  RemovePermissionCommand,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand
} from "@aws-sdk/client-eventbridge"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { EventBridge } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const policyOf = (Name: string) =>
  Effect.map(
    EventBridge.send(new DescribeEventBusCommand({ Name })),
    ({ Policy }) => Policy === undefined ? undefined : JSON.parse(Policy) as unknown
  )

const measured = "a linter for CDK has measured AWS's answer"

const connect = (Name: string, members: Partial<CreateConnectionCommandInput> = {}) =>
  EventBridge.send(
    new CreateConnectionCommand({
      Name,
      AuthorizationType: "API_KEY",
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "key", ApiKeyValue: "hunter2" } },
      ...members
    })
  )

export const eventBridgeAccess = contract("EventBridge", {
  "adds and removes statements of a bus's policy": documented(
    "API_PutPermission",
    Effect.gen(function*() {
      yield* EventBridge.send(new CreateEventBusCommand({ Name: "contract-shared" }))
      assert.isUndefined(yield* policyOf("contract-shared"))
      const put = (StatementId: string, Principal: string) =>
        EventBridge.send(
          new PutPermissionCommand({
            EventBusName: "contract-shared",
            Action: "events:PutEvents",
            Principal,
            StatementId
          })
        )
      yield* put("other", "111111111111")
      yield* put("all", "*")
      const Resource = "arn:aws:events:us-east-1:123456789012:event-bus/contract-shared"
      const other = {
        Sid: "other",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: "events:PutEvents",
        Resource
      }
      assert.deepEqual(yield* policyOf("contract-shared"), {
        Version: "2012-10-17",
        Statement: [other, { ...other, Sid: "all", Principal: "*" }]
      })
      const { EventBuses = [] } = yield* EventBridge.send(new ListEventBusesCommand({ NamePrefix: "contract-shared" }))
      assert.isString(EventBuses[0]?.Policy)
      const remove = (StatementId: string) =>
        EventBridge.send(new RemovePermissionCommand({ EventBusName: "contract-shared", StatementId }))
      yield* remove("all")
      assert.deepEqual(yield* policyOf("contract-shared"), { Version: "2012-10-17", Statement: [other] })
      const none = yield* Effect.flip(remove("all"))
      assert.strictEqual(none.code, "ResourceNotFoundException")
      assert.include(none.message, "Statement with the provided id does not exist.")
      yield* EventBridge.send(
        new RemovePermissionCommand({ EventBusName: "contract-shared", RemoveAllPermissions: true })
      )
      assert.isUndefined(yield* policyOf("contract-shared"))
      assert.include((yield* Effect.flip(remove("other"))).message, "EventBus does not have a policy.")
    })
  ),

  "replaces a bus's policy by a document": documented(
    "API_PutPermission",
    Effect.gen(function*() {
      const Statement = [{
        Sid: "read",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: ["events:PutRule", "events:DescribeRule"],
        Resource: "arn:aws:events:us-east-1:123456789012:rule/*"
      }]
      yield* EventBridge.send(
        new PutPermissionCommand({ Policy: JSON.stringify({ Version: "2012-10-17", Statement }) })
      )
      assert.deepEqual(yield* policyOf("default"), { Version: "2012-10-17", Statement })
      const wrong = yield* Effect.flip(EventBridge.send(new PutPermissionCommand({ Policy: "{" })))
      assert.strictEqual(wrong.code, "ValidationException")
      assert.include(wrong.message, "This policy contains invalid Json")
    })
  ),

  "rejects a permission without all of its members, or for a missing bus": believed(
    "moto has AWS's messages",
    Effect.gen(function*() {
      const permission = { Action: "events:PutEvents", Principal: "111111111111", StatementId: "one" }
      const put = (members: object) => EventBridge.send(new PutPermissionCommand({ ...permission, ...members }))
      assert.include(
        (yield* Effect.flip(put({ Principal: undefined }))).message,
        "Parameter Principal must be specified."
      )
      assert.include(
        (yield* Effect.flip(put({ Action: "events:PutRule" }))).message,
        "Provided value in parameter 'action' is not supported."
      )
      assert.strictEqual(yield* codeOf(put({ EventBusName: "contract-none" })), "ResourceNotFoundException")
      const Condition = { Type: "StringEquals", Key: "aws:PrincipalOrgID", Value: "o-1" }
      assert.include(
        (yield* Effect.flip(put({ Condition }))).message,
        "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set."
      )
    })
  ),

  "denies events for a bus of another account": believed(
    "AWS denies access to other accounts' resources in these words",
    Effect.gen(function*() {
      const EventBusName = "arn:aws:events:us-east-1:111111111111:event-bus/default"
      const put = EventBridge.send(
        new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "Ordered", Detail: "{}", EventBusName }] })
      )
      const error = yield* Effect.flip(put)
      assert.strictEqual(error.code, "AccessDeniedException")
      assert.include(error.message, `is not authorized to perform: events:PutEvents on resource: ${EventBusName}`)
    })
  ),

  "rejects a bus whose name isn't that of its event source, or whose dead-letter queue isn't one": believed(
    measured,
    Effect.gen(function*() {
      const create = (members: object) =>
        EventBridge.send(new CreateEventBusCommand({ Name: "contract-wrong", ...members }))
      assert.include(
        (yield* Effect.flip(create({ EventSourceName: "aws.partner/shop/orders" }))).message,
        "Event bus name must match event source name"
      )
      assert.include(
        (yield* Effect.flip(create({ DeadLetterConfig: { Arn: "arn:aws:sns:us-east-1:123456789012:t" } }))).message,
        "sns is not supported as a dead letter resource"
      )
    })
  ),

  "creates, describes, updates and deletes a connection, and never returns its secrets": documented(
    "API_DescribeConnection",
    Effect.gen(function*() {
      const created = yield* connect("contract-connection", {
        Description: "shop",
        AuthParameters: {
          ApiKeyAuthParameters: { ApiKeyName: "key", ApiKeyValue: "hunter2" },
          InvocationHttpParameters: {
            HeaderParameters: [
              { Key: "a", Value: "shown" },
              { Key: "b", Value: "hunter2", IsValueSecret: true }
            ]
          }
        }
      })
      assert.match(created.ConnectionArn ?? "", /:connection\/contract-connection\/[0-9a-f-]{36}$/)
      assert.strictEqual(created.ConnectionState, "AUTHORIZED")
      const describe = EventBridge.send(new DescribeConnectionCommand({ Name: "contract-connection" }))
      const connection = yield* describe
      assert.deepInclude({ ...connection }, {
        Name: "contract-connection",
        ConnectionArn: created.ConnectionArn,
        Description: "shop",
        AuthorizationType: "API_KEY",
        AuthParameters: {
          ApiKeyAuthParameters: { ApiKeyName: "key" },
          InvocationHttpParameters: {
            HeaderParameters: [
              { Key: "a", Value: "shown", IsValueSecret: false },
              { Key: "b", IsValueSecret: true }
            ]
          }
        }
      })
      assert.match(connection.SecretArn ?? "", /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:events!connection\//)
      assert.notInclude(JSON.stringify(connection), "hunter2")
      yield* EventBridge.send(new UpdateConnectionCommand({ Name: "contract-connection", Description: "store" }))
      assert.strictEqual((yield* describe).Description, "store")
      assert.strictEqual(yield* codeOf(connect("contract-connection")), "ResourceAlreadyExistsException")
      const { Connections = [] } = yield* EventBridge.send(new ListConnectionsCommand({ NamePrefix: "contract-" }))
      assert.deepEqual(Connections.map(({ Name }) => Name), ["contract-connection"])
      const deleted = yield* EventBridge.send(new DeleteConnectionCommand({ Name: "contract-connection" }))
      assert.strictEqual(deleted.ConnectionState, "DELETING")
      const gone = yield* Effect.flip(describe)
      assert.strictEqual(gone.code, "ResourceNotFoundException")
      assert.include(gone.message, "Connection 'contract-connection' does not exist.")
    })
  ),

  "requires the parameters of a connection's kind": believed(
    measured,
    Effect.gen(function*() {
      const error = yield* Effect.flip(connect("contract-basic", { AuthorizationType: "BASIC" }))
      assert.strictEqual(error.code, "ValidationException")
      assert.include(error.message, "Parameter BasicAuthParameters is not valid. Reason: Missing required field(s)")
    })
  ),

  "creates, describes, updates and deletes an API destination": documented(
    "API_CreateApiDestination",
    Effect.gen(function*() {
      const { ConnectionArn = "" } = yield* connect("contract-connected")
      const settings = { ConnectionArn, InvocationEndpoint: "https://example.com/orders", HttpMethod: "POST" } as const
      const Name = "contract-destination"
      const created = yield* EventBridge.send(new CreateApiDestinationCommand({ Name, ...settings }))
      assert.match(created.ApiDestinationArn ?? "", /:api-destination\/contract-destination\/[0-9a-f-]{36}$/)
      assert.strictEqual(created.ApiDestinationState, "ACTIVE")
      const describe = EventBridge.send(new DescribeApiDestinationCommand({ Name }))
      assert.deepInclude({ ...(yield* describe) }, { Name, ...settings, InvocationRateLimitPerSecond: 300 })
      yield* EventBridge.send(new UpdateApiDestinationCommand({ Name, HttpMethod: "PUT" }))
      assert.strictEqual((yield* describe).HttpMethod, "PUT")
      const { ApiDestinations = [] } = yield* EventBridge.send(new ListApiDestinationsCommand({ ConnectionArn }))
      assert.deepEqual(ApiDestinations.map(({ Name }) => Name), [Name])
      yield* EventBridge.send(new DeauthorizeConnectionCommand({ Name: "contract-connected" }))
      assert.strictEqual((yield* describe).ApiDestinationState, "INACTIVE")
      yield* EventBridge.send(new DeleteApiDestinationCommand({ Name }))
      const gone = yield* Effect.flip(describe)
      assert.strictEqual(gone.code, "ResourceNotFoundException")
      assert.include(gone.message, "An api-destination 'contract-destination' does not exist.")
    })
  ),

  "rejects an API destination without HTTPS, or with a connection that isn't there": believed(
    measured,
    Effect.gen(function*() {
      const { ConnectionArn = "" } = yield* connect("contract-there")
      const create = (members: object) =>
        EventBridge.send(
          new CreateApiDestinationCommand({
            Name: "contract-wrong",
            ConnectionArn,
            InvocationEndpoint: "https://example.com",
            HttpMethod: "POST",
            ...members
          })
        )
      assert.include(
        (yield* Effect.flip(create({ InvocationEndpoint: "http://example.com" }))).message,
        "Parameter InvocationEndpoint is not valid. Reason: Endpoint 'http://example.com' is not valid"
      )
      const elsewhere = ConnectionArn.replace("us-east-1", "us-west-2")
      assert.include((yield* Effect.flip(create({ ConnectionArn: elsewhere }))).message, `Invalid ARN: '${elsewhere}'`)
      assert.strictEqual(
        yield* codeOf(create({ ConnectionArn: ConnectionArn.replace("contract-there", "none") })),
        "ResourceNotFoundException"
      )
    })
  )
})
