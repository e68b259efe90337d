// Checked by `tsc`: the types of wrapped clients and of policies for some calls.
import { DynamoDB, DynamoDBClient, GetItemCommand, type GetItemCommandOutput } from "@aws-sdk/client-dynamodb"
import { GetParameterCommand, type GetParameterCommandOutput } from "@aws-sdk/client-ssm"
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetCommand,
  type GetCommandOutput,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand
} from "@aws-sdk/lib-dynamodb"
import { Effect, Layer, type Option, type Stream } from "effect"
import {
  Acm,
  AwsClients,
  type AwsError,
  AwsService,
  CloudWatch,
  Ec2,
  Ecs,
  EventBridge,
  Iam,
  OpenSearch,
  Retry,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import { expectTypeOf } from "vitest"

const key = { TableName: "t", Key: { id: 1 } }
const dynamo = AwsService.make(DynamoDBClient)
const DocumentClient = AwsService.wrapClient(DynamoDBClient, (client) => {
  expectTypeOf(client).toEqualTypeOf<DynamoDBClient>()
  return DynamoDBDocumentClient.from(client)
})
const documents = AwsService.make(DocumentClient)

// The values of the document client are typed as the SDK types them.
type Got = Effect.Effect<GetCommandOutput, AwsError, AwsClients>
expectTypeOf(dynamo.send(new GetCommand(key))).toEqualTypeOf<Got>()
expectTypeOf(documents.send(new GetCommand(key))).toEqualTypeOf<Got>()
expectTypeOf(AwsService.make(DynamoDB).send(new GetCommand(key))).toEqualTypeOf<Got>()
expectTypeOf(documents.send(new GetItemCommand({ TableName: "t", Key: { id: { N: "1" } } }))).toEqualTypeOf<
  Effect.Effect<GetItemCommandOutput, AwsError, AwsClients>
>()
expectTypeOf(dynamo.pages(new QueryCommand({ TableName: "t" }))).toEqualTypeOf<
  Stream.Stream<QueryCommandOutput, AwsError, AwsClients>
>()
expectTypeOf(documents.items(new ScanCommand({ TableName: "t" }), (page) => page.Items)).toEqualTypeOf<
  Stream.Stream<Record<string, any>, AwsError, AwsClients>
>()
void documents.pages(new ScanCommand({ TableName: "t" }), {
  token: (page) => ({ ExclusiveStartKey: page.LastEvaluatedKey })
})
expectTypeOf(AwsClients.get(DocumentClient)).toEqualTypeOf<Effect.Effect<DynamoDBDocumentClient, never, AwsClients>>()

// Each of its commands belongs to DynamoDB's clients.
export const accepted = [
  dynamo.send(new BatchExecuteStatementCommand({ Statements: [] })),
  dynamo.send(new BatchGetCommand({ RequestItems: {} })),
  dynamo.send(new BatchWriteCommand({ RequestItems: {} })),
  dynamo.send(new DeleteCommand(key)),
  dynamo.send(new ExecuteStatementCommand({ Statement: "s" })),
  dynamo.send(new ExecuteTransactionCommand({ TransactStatements: [] })),
  dynamo.send(new PutCommand({ TableName: "t", Item: {} })),
  dynamo.send(new TransactGetCommand({ TransactItems: [] })),
  dynamo.send(new TransactWriteCommand({ TransactItems: [] })),
  dynamo.send(new UpdateCommand(key))
]

// And to no other service's; nor do other services' commands belong to it.
export const refused = [
  // @ts-expect-error
  Acm.send(new GetCommand(key)),
  // @ts-expect-error
  CloudWatch.send(new GetCommand(key)),
  // @ts-expect-error
  Ec2.send(new GetCommand(key)),
  // @ts-expect-error
  Ecs.send(new GetCommand(key)),
  // @ts-expect-error
  EventBridge.send(new GetCommand(key)),
  // @ts-expect-error
  Iam.send(new GetCommand(key)),
  // @ts-expect-error
  OpenSearch.send(new GetCommand(key)),
  // @ts-expect-error
  S3.send(new GetCommand(key)),
  // @ts-expect-error
  Ssm.send(new GetCommand(key)),
  // @ts-expect-error
  Sts.send(new GetCommand(key)),
  // @ts-expect-error
  S3.pages(new QueryCommand({ TableName: "t" })),
  // @ts-expect-error
  dynamo.send(new GetParameterCommand({ Name: "/p" })),
  // @ts-expect-error
  documents.send(new GetParameterCommand({ Name: "/p" })),
  // @ts-expect-error: its constructor is not public.
  AwsService.make(DynamoDBDocumentClient),
  // @ts-expect-error
  AwsService.wrapClient(DynamoDBClient, () => "not a client")
]

// A policy changes nothing about the type of what it applies to.
const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
expectTypeOf(get.pipe(Retry.withPolicy(Retry.none))).toEqualTypeOf<typeof get>()
expectTypeOf(Retry.withPolicy(get, Retry.standard({ attempts: 9 }))).toEqualTypeOf<typeof get>()
const objects = S3.listObjects("b")
expectTypeOf(objects.pipe(Retry.withPolicy(Retry.none))).toEqualTypeOf<typeof objects>()
expectTypeOf(Retry.withPolicy(objects, Retry.none)).toEqualTypeOf<typeof objects>()
// An Effect that is more than that becomes one.
declare const option: Option.Option<number>
expectTypeOf(Effect.fromOption(option).pipe(Retry.withPolicy(Retry.none), Effect.map((n) => n + 1))).toExtend<
  Effect.Effect<number, unknown>
>()
expectTypeOf(AwsClients.pipe(Retry.withPolicy(Retry.none))).toEqualTypeOf<
  Effect.Effect<AwsClients["Service"], never, AwsClients>
>()
// It also holds where the types aren't known.
const generic = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  self.pipe(Retry.withPolicy(Retry.none))
expectTypeOf(generic(get)).toExtend<Effect.Effect<GetParameterCommandOutput, unknown, AwsClients>>()
// @ts-expect-error
void Retry.withPolicy(Layer.empty, Retry.none)
// @ts-expect-error
void Retry.withPolicy(get, { attempts: 3 })
