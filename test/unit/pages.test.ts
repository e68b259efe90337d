// How `pages` finds the next page: the exceptions to the rules, tokens that lead nowhere, and the option `token`.
// test/contract/paginators.test.ts judges the rules by botocore's paginators of all services.
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb"
import { GetObjectAttributesCommand, ListObjectsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3"
import { GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import { AwsError, AwsService, InMemory, S3, Ssm } from "effect-aws-sdk"
import { commandOf, run } from "../support/pages.ts"
import { clientsOf, serve } from "../support/Server.ts"

const failure = (exit: Exit.Exit<unknown, AwsError>): AwsError => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  if (!AwsError.isAwsError(error)) throw new Error(`No AwsError: ${String(error)}`)
  return error
}

/** A command whose output has these members, and those of its structures. */
const command = (
  operation: string,
  input: ReadonlyArray<string>,
  output: Readonly<Record<string, ReadonlyArray<string>>>
) => commandOf(operation, { input, output: Object.entries(output) }, {})

describe("the last element of a page", () => {
  const cases: ReadonlyArray<
    readonly [
      service: string,
      operation: string,
      page: Readonly<Record<string, unknown>>,
      next: Readonly<Record<string, string>>
    ]
  > = [
    ["Firehose", "DescribeDeliveryStream", {
      DeliveryStreamDescription: {
        Destinations: [{ DestinationId: "a" }, { DestinationId: "b" }],
        HasMoreDestinations: true
      }
    }, { ExclusiveStartDestinationId: "b" }],
    ["Firehose", "ListDeliveryStreams", { DeliveryStreamNames: ["a", "b"], HasMoreDeliveryStreams: true }, {
      ExclusiveStartDeliveryStreamName: "b"
    }],
    ["Firehose", "ListTagsForDeliveryStream", { Tags: [{ Key: "a" }, { Key: "b" }], HasMoreTags: true }, {
      ExclusiveStartTagKey: "b"
    }],
    ["Kinesis", "DescribeStream", {
      StreamDescription: { Shards: [{ ShardId: "a" }, { ShardId: "b" }], HasMoreShards: true }
    }, { ExclusiveStartShardId: "b" }],
    ["Kinesis", "ListTagsForStream", { Tags: [{ Key: "a" }, { Key: "b" }], HasMoreTags: true }, {
      ExclusiveStartTagKey: "b"
    }],
    ["Kinesis Analytics", "ListApplications", {
      ApplicationSummaries: [{ ApplicationName: "a" }, { ApplicationName: "b" }],
      HasMoreApplications: true
    }, { ExclusiveStartApplicationName: "b" }],
    ["S3", "ListObjects", { Contents: [{ Key: "a" }, { Key: "b" }], IsTruncated: true }, { Marker: "b" }]
  ]
  for (const [service, operation, page, next] of cases) {
    it(`continues ${operation} of ${service} after the last element of a page`, () => {
      const output = Object.fromEntries(
        Object.entries(page).map(([name, value]) => [
          name,
          typeof value === "object" && !Array.isArray(value) ? Object.keys(value as object) : []
        ])
      )
      const { exit, inputs } = run(service, command(operation, Object.keys(next), output), [page, {}])
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepEqual(inputs, [{}, next])
    })
  }

  it("fails when a page announces more pages but has no elements", () => {
    const listed = command("ListObjects", ["Marker"], { Contents: [], IsTruncated: [] })
    const { exit } = run("S3", listed, [{ Contents: [], IsTruncated: true }])
    assert.strictEqual(failure(exit).code, "PaginationTokenUnknown")
  })
})

describe("S3", () => {
  const xml = (root: string, content: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`

  it.live("decodes the key that S3 encoded before it requests the next page", () =>
    Effect.gen(function*() {
      const markers: Array<string | null> = []
      const { url } = yield* serve((request, response) => {
        const query = new URL(request.url ?? "", "http://s3").searchParams
        markers.push(query.get("marker") ?? query.get("key-marker"))
        response.writeHead(200, { "content-type": "application/xml" })
        const encoding = "<EncodingType>url</EncodingType>"
        response.end(
          markers.length > 1
            ? xml("Result", `${encoding}<IsTruncated>false</IsTruncated>`)
            : query.has("versions")
            ? xml(
              "ListVersionsResult",
              `${encoding}<IsTruncated>true</IsTruncated><NextKeyMarker>a+b%2B%C3%BC</NextKeyMarker>`
            )
            : xml(
              "ListBucketResult",
              `${encoding}<IsTruncated>true</IsTruncated><Contents><Key>a+b%2B%C3%BC</Key></Contents>`
            )
        )
      })
      const read = <A, E, R>(pages: Stream.Stream<A, E, R>) =>
        Effect.andThen(Effect.sync(() => markers.length = 0), Stream.runDrain(pages)).pipe(
          Effect.provide(clientsOf(url))
        )
      yield* read(S3.pages(new ListObjectsCommand({ Bucket: "bucket", EncodingType: "url" })))
      assert.deepEqual(markers, [null, "a b+ü"])
      yield* read(S3.pages(new ListObjectVersionsCommand({ Bucket: "bucket", EncodingType: "url" })))
      assert.deepEqual(markers, [null, "a b+ü"])
    }))

  it.live("streams all parts of an object's attributes", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) => {
        const after = Number(request.headers["x-amz-part-number-marker"] ?? 0)
        response.writeHead(200, { "content-type": "application/xml" }).end(xml(
          "GetObjectAttributesResponse",
          `<ObjectParts><PartNumberMarker>${after}</PartNumberMarker><NextPartNumberMarker>${
            after < 2 ? after + 1 : 0
          }</NextPartNumberMarker><IsTruncated>${after < 2}</IsTruncated><Part><PartNumber>${
            after + 1
          }</PartNumber></Part></ObjectParts>`
        ))
      })
      const parts = yield* S3.items(
        new GetObjectAttributesCommand({ Bucket: "bucket", Key: "key", ObjectAttributes: ["ObjectParts"] }),
        (page) => page.ObjectParts?.Parts
      ).pipe(Stream.map(({ PartNumber }) => PartNumber), Stream.runCollect, Effect.provide(clientsOf(url)))
      assert.deepEqual(parts, [1, 2, 3])
    }))

  it("drops a marker that the last page doesn't have", () => {
    const versions = new ListObjectVersionsCommand({ Bucket: "b", KeyMarker: "a", VersionIdMarker: "1" })
    const { inputs } = run("S3", versions, [
      { IsTruncated: true, KeyMarker: "a", VersionIdMarker: "1", NextKeyMarker: "b" },
      { IsTruncated: true, KeyMarker: "b", NextKeyMarker: "b", NextVersionIdMarker: "2" },
      { IsTruncated: false }
    ])
    assert.deepEqual(inputs.slice(1), [
      { Bucket: "b", KeyMarker: "b", VersionIdMarker: undefined },
      { Bucket: "b", KeyMarker: "b", VersionIdMarker: "2" }
    ])
  })
})

describe("a command without a schema", () => {
  const without = (operation: string) => commandOf(operation, undefined, {})

  it("follows the usual tokens when the command has no schema", () => {
    const { exit, inputs } = run("Lambda", without("ListFunctions"), [{ NextMarker: "1" }, {}])
    assert.isTrue(Exit.isSuccess(exit))
    assert.deepEqual(inputs, [{}, { Marker: "1" }])
  })

  it("follows a token in a structure when the command has no schema", () => {
    const { inputs } = run("CloudFront", without("ListDistributions"), [
      { DistributionList: { Marker: "", NextMarker: "1", IsTruncated: true } },
      { DistributionList: { Marker: "1", IsTruncated: false } }
    ])
    assert.deepEqual(inputs, [{}, { Marker: "1" }])
  })

  it("fails for a service with unusual names when the command has no schema", () => {
    for (
      const [service, page] of [["WAFV2", { NextMarker: "1" }], ["Glacier", { Marker: "1" }], ["Omics", {
        nextToken: "1"
      }]] as const
    ) {
      const { exit, inputs } = run(service, without("List"), [page])
      assert.strictEqual(failure(exit).code, "PaginationTokenUnknown", service)
      assert.lengthOf(inputs, 1)
    }
  })
})

describe("a token that no rule knows", () => {
  it("fails and says what to do when no rule covers a token", () => {
    const { exit, inputs } = run(
      "CloudWatch Logs",
      command("GetLogEvents", ["nextToken"], { events: [], nextForwardToken: [] }),
      [{ events: [], nextForwardToken: "f/1" }]
    )
    const error = failure(exit)
    assert.lengthOf(inputs, 1)
    assert.strictEqual(error.reason._tag, "Misconfigured")
    assert.isFalse(error.isRetryable)
    assert.isFalse(error.mayHaveSucceeded)
    assert.strictEqual(
      error.message,
      "CloudWatchLogs.GetLogEvents in us-east-1: PaginationTokenUnknown: no rule says which member of the input takes " +
        "`nextForwardToken` of the page, so the next page can't be requested. Pass the option `token` to `pages` or `items`: " +
        "it makes the next input from a page."
    )
  })

  it("fails when several structures have a token", () => {
    const both = command("GetReport", ["NextToken"], { Users: ["NextToken"], Groups: ["NextToken"] })
    const { exit } = run("Reports", both, [{ Users: {}, Groups: { NextToken: "1" } }])
    assert.include(failure(exit).message, "`Groups.NextToken`")
  })

  it("doesn't take members with similar names for tokens", () => {
    for (
      const member of [
        "NextExecutionTime",
        "LastModifiedDate",
        "Name",
        "NextLockToken",
        "nextSequenceToken",
        "ClientToken"
      ]
    ) {
      const { exit, inputs } = run(
        "Any",
        command("Get", ["LockToken", "sequenceToken", "ClientToken"], { [member]: [] }),
        [
          { [member]: "1" }
        ]
      )
      assert.isTrue(Exit.isSuccess(exit), member)
      assert.lengthOf(inputs, 1, member)
    }
  })
})

describe("tokens that lead back", () => {
  const listed = command("List", ["NextToken"], { NextToken: [] })
  const tokens = (...tokens: ReadonlyArray<string>) => tokens.map((NextToken) => ({ NextToken }))
  const cycle = (length: number, before: number) =>
    Array.from({ length: 200 }, (_, i) => ({ NextToken: i < before ? `before ${i}` : `${(i - before) % length}` }))

  it("fails when a page has the token of its request", () => {
    const { exit, inputs } = run("Any", listed, tokens("1", "2", "3", "3"))
    const error = failure(exit)
    assert.strictEqual(error.reason._tag, "Unreadable")
    assert.strictEqual(error.code, "PaginationTokenRepeated")
    assert.include(error.message, "option `token`")
    assert.lengthOf(inputs, 4)
  })

  it("fails when the first page has the token that the program requested it with", () => {
    const resumed = commandOf("List", { input: ["NextToken"], output: [["NextToken", []]] }, { NextToken: "1" })
    const { exit, inputs } = run("Any", resumed, tokens("1"))
    assert.strictEqual(failure(exit).code, "PaginationTokenRepeated")
    assert.lengthOf(inputs, 1)
  })

  it("fails in a cycle of pages of any length, within three times its first round", () => {
    for (const before of [0, 1, 7, 20]) {
      for (const length of [1, 2, 3, 5, 8, 30]) {
        const { exit, inputs } = run("Any", listed, cycle(length, before))
        assert.strictEqual(failure(exit).code, "PaginationTokenRepeated")
        assert.isAtMost(inputs.length, 3 * (before + length) + 1)
      }
    }
  })

  it("fails when a token that repeats is an object", () => {
    const scan = new ScanCommand({ TableName: "t" })
    const key = (n: number) => ({ LastEvaluatedKey: { id: { B: Uint8Array.of(n) } } })
    const { exit, inputs } = run("DynamoDB", scan, [key(1), key(2), key(1), key(2)])
    assert.strictEqual(failure(exit).code, "PaginationTokenRepeated")
    assert.isAtMost(inputs.length, 4)
  })

  it("goes on when only one part of a token changes", () => {
    const records = command("ListResourceRecordSets", ["StartRecordName", "StartRecordType"], {
      NextRecordName: [],
      NextRecordType: [],
      IsTruncated: []
    })
    const { exit, inputs } = run("Route 53", records, [
      { IsTruncated: true, NextRecordName: "a", NextRecordType: "A" },
      { IsTruncated: true, NextRecordName: "a", NextRecordType: "MX" },
      { IsTruncated: false }
    ])
    assert.isTrue(Exit.isSuccess(exit))
    assert.lengthOf(inputs, 3)
  })
})

describe("the option token", () => {
  const byPath = new GetParametersByPathCommand({ Path: "/a" })

  it.effect("makes the next input from a page, for pages and items", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersByPathCommand, ({ NextToken = "0" }) =>
        Effect.succeed({
          Parameters: [{ Name: NextToken }],
          NextToken: NextToken === "2" ? "end" : `${Number(NextToken) + 1}`
        }))
      const options = {
        token: ({ NextToken }: { readonly NextToken?: string | undefined }) =>
          NextToken === "end" ? undefined : { NextToken }
      }
      assert.lengthOf(yield* Stream.runCollect(Ssm.pages(byPath, options)), 3)
      const names = Ssm.items(byPath, ({ Parameters }) => Parameters, { ...options, readAhead: true }).pipe(
        Stream.map(({ Name }) => Name)
      )
      assert.deepEqual(yield* Stream.runCollect(names), ["0", "1", "2"])
      assert.deepEqual(yield* Stream.runCollect(names), ["0", "1", "2"])
      assert.deepEqual(byPath.input, { Path: "/a" })
    }).pipe(Effect.provide(InMemory.layer())))

  it("replaces members of the last input, and drops those that are undefined", () => {
    const { inputs } = run(
      "Kinesis",
      commandOf("ListShards", undefined, { StreamName: "s", MaxResults: 2 }),
      [{ NextToken: "1" }, { NextToken: "2" }, {}],
      { token: ({ NextToken }) => ({ NextToken, StreamName: undefined }) }
    )
    assert.deepEqual(inputs, [
      { StreamName: "s", MaxResults: 2 },
      { StreamName: undefined, MaxResults: 2, NextToken: "1" },
      { StreamName: undefined, MaxResults: 2, NextToken: "2" }
    ])
  })

  it("ends the pages when it returns nothing, or only members without a value", () => {
    for (const nothing of [undefined, {}, { NextToken: undefined }, { NextToken: "" }]) {
      const { exit, inputs } = run("Any", commandOf("List", undefined, {}), [{ NextToken: "1" }], {
        token: () => nothing
      })
      assert.isTrue(Exit.isSuccess(exit))
      assert.lengthOf(inputs, 1)
    }
  })

  it("passes the page's input to the option token, which can count pages", () => {
    const { inputs } = run("Any", commandOf("Query", undefined, { Page: 0 }), [{ more: true }, { more: true }, {}], {
      token: ({ more }, { Page }) => more ? { Page: Page + 1 } : undefined
    })
    assert.deepEqual(inputs, [{ Page: 0 }, { Page: 1 }, { Page: 2 }])
  })

  it("fails when it requests a page again", () => {
    const { exit, inputs } = run("Any", commandOf("List", undefined, {}), [{}, {}], {
      token: () => ({ NextToken: "1" })
    })
    const error = failure(exit)
    assert.strictEqual(error.code, "PaginationTokenRepeated")
    assert.include(error.message, "return nothing from `token`")
    assert.lengthOf(inputs, 2)
  })

  it("is typed by the command", () => {
    const dynamo = AwsService.make(DynamoDBClient)
    const scan = new ScanCommand({ TableName: "t" })
    assert.isDefined(dynamo.pages(scan, { token: ({ LastEvaluatedKey }) => ({ ExclusiveStartKey: LastEvaluatedKey }) }))
    // @ts-expect-error
    assert.isDefined(dynamo.pages(scan, { token: ({ NextToken }) => ({ ExclusiveStartKey: NextToken }) }))
    // @ts-expect-error
    assert.isDefined(dynamo.pages(scan, { token: ({ LastEvaluatedKey }) => ({ StartKey: LastEvaluatedKey }) }))
    // @ts-expect-error
    assert.isDefined(dynamo.pages(scan, { token: () => ({ TableName: 1 }) }))
  })
})
