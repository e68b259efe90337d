// Items: keys, values, and the expressions that write them.
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { believed, contract, documented } from "./Contract.ts"
import { expectRejected, rejection } from "./support/rejections.ts"
import { createTable, type Item, n, s } from "./support/tables.ts"

const TableName = "items"

const table = createTable(TableName, { id: "S" })

const get = (id: string, members: object = {}) =>
  Effect.map(
    DynamoDb.send(new GetItemCommand({ TableName, Key: { id: s(id) }, ConsistentRead: true, ...members })),
    ({ Item }) => Item
  )

const put = (Item: Item, members: Partial<PutItemCommandInput> = {}) =>
  DynamoDb.send(new PutItemCommand({ TableName, Item, ...members }))

const update = (id: string, members: Partial<UpdateItemCommandInput>) =>
  DynamoDb.send(new UpdateItemCommand({ TableName, Key: { id: s(id) }, ...members }))

const remove = (id: string, members: object = {}) =>
  DynamoDb.send(new DeleteItemCommand({ TableName, Key: { id: s(id) }, ...members }))

const refusedItem = (Item: Item, message: string) => expectRejected(put(Item), "ValidationException", message)

/** Whether a condition is true of the item `a`. */
const is = (ConditionExpression: string, values: Item = {}, names: Record<string, string> = {}) =>
  update("a", {
    ConditionExpression,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names })
  }).pipe(
    Effect.as(true),
    Effect.catchIf((error) => error.code === "ConditionalCheckFailedException", () => Effect.succeed(false))
  )

const refusedCondition = (condition: string, message: string, values: Item = {}, names: Record<string, string> = {}) =>
  expectRejected(is(condition, values, names), "ValidationException", message)

/** What an update makes of the item `a`. */
const updated = (before: Item, UpdateExpression: string, values: Item = {}, names: Record<string, string> = {}) =>
  Effect.gen(function*() {
    yield* put({ id: s("a"), ...before })
    yield* update("a", {
      UpdateExpression,
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names })
    })
    const { id: _, ...after } = (yield* get("a"))!
    return after
  })

const refusedUpdate = (before: Item, expression: string, message: string, values: Item = {}) =>
  expectRejected(updated(before, expression, values), "ValidationException", message)

const conditions =
  "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"
const updates = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"
const paths = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html"
const types = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
const placeholders =
  "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html"
const reserved = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"
const constraints = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"

export const dynamoDbItems = contract("DynamoDb", {
  "keeps values of all types": documented(
    types,
    Effect.gen(function*() {
      yield* table
      const item: Item = {
        id: s("a"),
        text: s(""),
        number: n("-12.5"),
        bytes: { B: Uint8Array.of(0, 255) },
        yes: { BOOL: false },
        nothing: { NULL: true },
        list: { L: [s("x"), { L: [] }, n(1)] },
        map: { M: { inner: { M: {} } } },
        texts: { SS: ["x", ""] },
        numbers: { NS: ["1", "2.5"] },
        blobs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] }
      }
      yield* put(item)
      const { blobs, bytes, numbers, texts, ...others } = (yield* get("a"))!
      const { blobs: _, bytes: __, numbers: ___, texts: ____, ...expected } = item
      assert.deepEqual(others, expected)
      assert.deepEqual([...bytes!.B!], [0, 255])
      assert.sameMembers(numbers!.NS!, ["1", "2.5"])
      assert.sameMembers(texts!.SS!, ["x", ""])
      assert.sameDeepMembers(blobs!.BS!.map((one) => [...one]), [[1], [2]])
      assert.isUndefined(yield* get("none"))
    })
  ),

  "keeps numbers of 38 digits exactly, and writes them without zeros and exponents": documented(
    types,
    Effect.gen(function*() {
      yield* table
      const numbers = {
        "99999999999999999999999999999999999999": "99999999999999999999999999999999999999",
        "-0.12345678901234567890123456789012345678": "-0.12345678901234567890123456789012345678",
        "001.500": "1.5",
        "1e3": "1000",
        "12E-4": "0.0012",
        "-0": "0",
        "+7": "7",
        ".5": "0.5"
      }
      for (const [sent, stored] of Object.entries(numbers)) {
        yield* put({ id: s("a"), number: n(sent) })
        assert.strictEqual((yield* get("a"))?.["number"]?.N, stored, sent)
      }
    })
  ),

  "refuses numbers with too many digits, out of range, or that aren't numbers": documented(
    types,
    Effect.gen(function*() {
      yield* table
      const refused = (N: string, message: string) => refusedItem({ id: s("a"), number: n(N) }, message)
      yield* refused(`1${"0".repeat(300_000)}1`, "Number overflow.")
      yield* refused("1".repeat(39), "Attempting to store more than 38 significant digits in a Number")
      yield* refused(
        "1e126",
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
      )
      yield* refused(
        "1e-131",
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
      )
      yield* refused("one", "The parameter cannot be converted to a numeric value: one")
      yield* refused("", "The parameter cannot be converted to a numeric value")
      yield* put({ id: s("a"), number: n("9.9999999999999999999999999999999999999E+125"), small: n("-1E-130") })
    })
  ),

  "refuses values without a type or with two, and empty sets or sets with the same value twice": documented(
    types,
    Effect.gen(function*() {
      yield* table
      const refused = (value: object, message: string) => refusedItem({ id: s("a"), value: value as never }, message)
      yield* refused({ S: "a", N: "1" }, "must contain exactly one of the supported datatypes")
      yield* refused({ M: { "": s("x") } }, "at least one character")
      yield* refused({ NULL: false }, "Null attribute value types must have the value of true")
      yield* refused({ SS: [] }, "An string set  may not be empty")
      yield* refused({ NS: [] }, "An number set  may not be empty")
      yield* refused({ SS: ["a", "b", "a"] }, "Input collection [a, b, a] contains duplicates.")
      yield* refused({ NS: ["1", "1.0"] }, "contains duplicates")
    })
  ),

  "refuses an item without its key, with an empty key, or with a key of another type": documented(
    "API_PutItem",
    Effect.gen(function*() {
      yield* table
      yield* refusedItem({ other: s("a") }, "One or more parameter values were invalid: Missing the key id in the item")
      yield* refusedItem(
        { id: n(1) },
        "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N"
      )
      yield* refusedItem({ id: s("") }, "cannot contain an empty string value. Key: id")
      const get = (Key: Item) => DynamoDb.send(new GetItemCommand({ TableName, Key }))
      for (const key of [{ id: n(1) }, { other: s("a") }, { id: s("a"), other: s("b") }] as ReadonlyArray<Item>) {
        assert.deepEqual(yield* rejection(get(key)), [
          "ValidationException",
          "The provided key element does not match the schema"
        ])
      }
    })
  ),

  "limits the size of keys and items": documented(
    constraints,
    Effect.gen(function*() {
      yield* table
      yield* put({ id: s("x".repeat(2048)) })
      yield* refusedItem(
        { id: s("x".repeat(2049)) },
        "Size of hashkey has exceeded the maximum size limit of2048 bytes"
      )
      // The names count: id, a, v.
      yield* put({ id: s("a"), v: s("x".repeat(400 * 1024 - 4)) })
      yield* refusedItem(
        { id: s("a"), v: s("x".repeat(400 * 1024 - 3)) },
        "Item size has exceeded the maximum allowed size"
      )
      yield* expectRejected(
        update("a", { UpdateExpression: "SET w = :w", ExpressionAttributeValues: { ":w": s("x") } }),
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size"
      )
    })
  ),

  "takes values that are 32 levels deep, and no deeper": documented(
    constraints,
    Effect.gen(function*() {
      yield* table
      const nested = (levels: number): Item[string] =>
        Array.from({ length: levels }).reduce<Item[string]>((inner) => ({ L: [inner] }), s("x"))
      yield* put({ id: s("a"), deep: nested(32) })
      yield* refusedItem({ id: s("a"), deep: nested(33) }, "Nesting Levels have exceeded supported limits")
    })
  ),

  "changes an item that is 32 levels deep, and compares values of it": documented(
    constraints,
    Effect.gen(function*() {
      yield* table
      const nested = (text: string) =>
        Array.from({ length: 31 }).reduce<Item[string]>((inner) => ({ M: { inner } }), s(text))
      yield* put({ id: s("a"), deep: nested("x") })
      yield* update("a", {
        UpdateExpression: "SET more = :more",
        ConditionExpression: "deep = :x AND deep <> :y",
        ExpressionAttributeValues: { ":more": n(1), ":x": nested("x"), ":y": nested("y") }
      })
      assert.deepEqual(yield* get("a"), { id: s("a"), deep: nested("x"), more: n(1) })
    })
  ),

  "limits the size of an expression, its paths, and how much is in it": documented(
    constraints,
    Effect.gen(function*() {
      yield* table
      yield* put({ id: s("a"), x: n(1) })
      const v = { ":v": n(1) }
      const many = (count: number, between: string, what = "x = :v") =>
        Array.from({ length: count }, () => what).join(between)
      // Each comparison is an operator, and so is each OR between two.
      assert.isTrue(yield* is(many(150, " OR "), v))
      yield* refusedCondition(
        many(151, " OR "),
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301",
        v
      )
      yield* refusedCondition(`${"(".repeat(2_000)}x = :v${")".repeat(2_000)}`, "redundant parentheses", v)
      yield* refusedCondition(
        `x = :v${" ".repeat(4_096)}`,
        "Expression size has exceeded the maximum allowed size; expression size: 4102",
        v
      )
      yield* refusedCondition(
        `x IN (${many(101, ", ", ":v")})`,
        "The IN operator is provided with too many operands; number of operands: 101",
        v
      )
      const projected = (ProjectionExpression: string) => get("a", { ProjectionExpression })
      assert.deepEqual(yield* projected(many(32, ".", "x")), {})
      yield* expectRejected(
        projected(many(33, ".", "x")),
        "ValidationException",
        "Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33"
      )
      yield* expectRejected(
        projected("x[2147483648]"),
        "ValidationException",
        "Invalid ProjectionExpression: List index is not within the allowable range; index: [2147483648]"
      )
      yield* expectRejected(projected(""), "ValidationException", "The expression can not be empty;")
    })
  ),

  "returns the item before or after a change, or what has changed": documented(
    "API_UpdateItem",
    Effect.gen(function*() {
      yield* table
      assert.isUndefined((yield* put({ id: s("a"), x: n(1) }, { ReturnValues: "ALL_OLD" })).Attributes)
      const { Attributes: old } = yield* put(
        { id: s("a"), x: n(2), m: { M: { y: n(1), z: n(1) } } },
        { ReturnValues: "ALL_OLD" }
      )
      assert.deepEqual(old, { id: s("a"), x: n(1) })
      const change = (ReturnValues: UpdateItemCommandInput["ReturnValues"], to: number) =>
        Effect.map(
          update("a", {
            ReturnValues,
            UpdateExpression: "SET x = :to, m.y = :to",
            ExpressionAttributeValues: { ":to": n(to) }
          }),
          ({ Attributes }) => Attributes
        )
      assert.isUndefined(yield* change("NONE", 3))
      assert.deepEqual(yield* change("UPDATED_OLD", 4), { x: n(3), m: { M: { y: n(3) } } })
      assert.deepEqual(yield* change("UPDATED_NEW", 5), { x: n(5), m: { M: { y: n(5) } } })
      assert.deepEqual(yield* change("ALL_OLD", 6), { id: s("a"), x: n(5), m: { M: { y: n(5), z: n(1) } } })
      assert.deepEqual(yield* change("ALL_NEW", 7), { id: s("a"), x: n(7), m: { M: { y: n(7), z: n(1) } } })
      assert.strictEqual((yield* remove("a", { ReturnValues: "ALL_OLD" })).Attributes?.["x"]?.N, "7")
      assert.isUndefined((yield* remove("a", { ReturnValues: "ALL_OLD" })).Attributes)
      yield* expectRejected(put({ id: s("a") }, { ReturnValues: "ALL_NEW" }), "ValidationException", "Return values")
    })
  ),

  "returns the item that didn't meet a condition if the request asks for it": documented(
    "API_PutItem",
    Effect.gen(function*() {
      yield* table
      yield* put({ id: s("a"), x: n(1) })
      const once = { ConditionExpression: "attribute_not_exists(id)" }
      const failed = (members: object) =>
        Effect.map(Effect.flip(put({ id: s("a") }, { ...once, ...members })), (error) => {
          assert.deepEqual([error.code, error.statusCode], ["ConditionalCheckFailedException", 400])
          assert.include(error.message, "The conditional request failed")
          return (error.cause as { readonly Item?: Item }).Item
        })
      assert.isUndefined(yield* failed({}))
      const asked = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }
      assert.deepEqual(yield* failed(asked), { id: s("a"), x: n(1) })
      for (
        const call of [
          update("b", { ConditionExpression: "attribute_exists(id)", ...asked as object }),
          remove("b", {
            ConditionExpression: "attribute_exists(id)",
            ...asked
          })
        ]
      ) {
        const error = yield* Effect.flip(call)
        assert.isUndefined((error.cause as { readonly Item?: Item }).Item)
      }
    })
  ),

  "compares values of the same type in a condition": documented(
    conditions,
    Effect.gen(function*() {
      yield* table
      yield* put({
        id: s("a"),
        price: n("10.50"),
        title: s("b"),
        labels: { SS: ["x", "y"] },
        void_: { NULL: true },
        cost: n(2)
      })
      const truths: ReadonlyArray<readonly [string, Item?]> = [
        ["price = :v", { ":v": n("10.5") }],
        ["price <> :v", { ":v": s("10.5") }],
        ["price > :v AND price >= :v", { ":v": n(9) }],
        ["price > cost"],
        ["title < :v", { ":v": s("bb") }],
        ["price BETWEEN :low AND :high", { ":low": n(10), ":high": n(11) }],
        ["title IN (:x, :y)", { ":x": s("a"), ":y": s("b") }],
        ["labels = :v", { ":v": { SS: ["y", "x"] } }],
        ["void_ = :v", { ":v": { NULL: true } }],
        ["absent <> :v", { ":v": n(1) }],
        ["NOT title = :v", { ":v": s("c") }],
        ["title = :no OR title = :v AND price = :p", { ":no": s("c"), ":v": s("b"), ":p": n("10.5") }],
        ["(title = :v OR title = :no) AND NOT (price = :no)", { ":no": s("c"), ":v": s("b") }],
        [":v = title", { ":v": s("b") }]
      ]
      for (const [condition, values] of truths) assert.isTrue(yield* is(condition, values), condition)
      const lies: ReadonlyArray<readonly [string, Item?]> = [
        ["price > :v", { ":v": s("0") }],
        ["absent = :v", { ":v": n(1) }],
        ["absent < :v", { ":v": n(1) }],
        ["title BETWEEN :low AND :high", { ":low": n(10), ":high": n(11) }]
      ]
      for (const [condition, values] of lies) assert.isFalse(yield* is(condition, values), condition)
    })
  ),

  "has the functions of conditions": documented(
    conditions,
    Effect.gen(function*() {
      yield* table
      yield* put({
        id: s("a"),
        txt: s("hello"),
        bin: { B: Uint8Array.of(1, 2, 3) },
        elems: { L: [s("x"), n(1)] },
        labels: { SS: ["x", "y"] },
        doc: { M: { nested: { L: [{ M: { deep: n(1) } }] } } }
      })
      const truths: ReadonlyArray<readonly [string, Item?]> = [
        ["attribute_exists(doc.nested[0].deep) AND attribute_not_exists(doc.nested[1])"],
        ["begins_with(txt, :v)", { ":v": s("he") }],
        ["begins_with(bin, :v)", { ":v": { B: Uint8Array.of(1, 2) } }],
        ["contains(txt, :v)", { ":v": s("ell") }],
        ["contains(elems, :v)", { ":v": n(1) }],
        ["contains(labels, :v)", { ":v": s("y") }],
        ["attribute_type(doc, :v)", { ":v": s("M") }],
        ["size(txt) = :five AND size(bin) = :three AND size(elems) <= :three AND size(doc) < :three", {
          ":five": n(5),
          ":three": n(3)
        }]
      ]
      for (const [condition, values] of truths) assert.isTrue(yield* is(condition, values), condition)
      const lies: ReadonlyArray<readonly [string, Item?]> = [
        ["begins_with(elems, :v)", { ":v": s("x") }],
        ["contains(labels, :v)", { ":v": n(1) }],
        ["contains(absent, :v)", { ":v": n(1) }],
        ["attribute_type(txt, :v)", { ":v": s("N") }],
        ["size(absent) > :v", { ":v": n(0) }]
      ]
      for (const [condition, values] of lies) assert.isFalse(yield* is(condition, values), condition)
    })
  ),

  "is told by a condition that an item isn't there": documented(
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html",
    Effect.gen(function*() {
      yield* table
      yield* put({ id: s("a") }, { ConditionExpression: "attribute_not_exists(id)" })
      yield* expectRejected(
        put({ id: s("a") }, { ConditionExpression: "attribute_not_exists(id)" }),
        "ConditionalCheckFailedException"
      )
      yield* expectRejected(
        remove("b", { ConditionExpression: "attribute_exists(id)" }),
        "ConditionalCheckFailedException"
      )
      yield* remove("b")
    })
  ),

  "refuses conditions that aren't expressions": believed(
    "AWS's messages are in bug reports of the SDKs",
    Effect.gen(function*() {
      yield* table
      const v = { ":v": n(1) }
      yield* refusedCondition("x = ", "Invalid ConditionExpression: Syntax error; token: \"<EOF>\"")
      yield* refusedCondition("x == :v", "Invalid ConditionExpression: Syntax error; token: \"=\"", v)
      yield* refusedCondition("", "Invalid ConditionExpression: The expression can not be empty;")
      yield* refusedCondition("exists(x)", "Invalid ConditionExpression: Invalid function name; function: exists")
      yield* refusedCondition("attribute_exists(x, y)", "Incorrect number of operands for operator or function")
      yield* refusedCondition("attribute_exists(:v)", "Operator or function requires a document path", v)
      yield* refusedCondition("begins_with(x, :v)", "Incorrect operand type for operator or function", v)
      yield* refusedCondition("x < :v", "operator or function: <, operand type: BOOL", { ":v": { BOOL: true } })
      yield* refusedCondition("x = x", "The first operand must be distinct from the remaining operands")
      yield* refusedCondition("contains(x, x)", "operator: contains, first operand: [x]")
      yield* refusedCondition("x BETWEEN :v AND x", "operator: BETWEEN, first operand: [x]", v)
      yield* refusedCondition(
        "if_not_exists(x, :v) = :v",
        "The function is not allowed in a condition expression; function: if_not_exists",
        v
      )
      yield* refusedCondition("((x = :v))", "The expression has redundant parentheses;", v)
      yield* refusedCondition(
        "x BETWEEN :v AND :w",
        "requires upper bound to be greater than or equal to lower bound",
        {
          ":v": n(2),
          ":w": n(1)
        }
      )
      yield* refusedCondition("attribute_type(x, :v)", "Invalid attribute type name found", { ":v": s("X") })
    })
  ),

  "takes operands in parentheses, but not in two pairs of them": believed(
    "AWS's grammar has an operand in parentheses in its syntax errors; its documentation leaves it out",
    Effect.gen(function*() {
      yield* table
      assert.deepEqual(yield* updated({ x: n(1) }, "SET x = (x) + (:v)", { ":v": n(1) }), { x: n(2) })
      const values = { ":x": n(2), ":v": s("v") }
      assert.isTrue(yield* is("(x) = (:x) AND NOT ((x) IN (:v))", values))
      assert.isTrue(yield* is("((x) BETWEEN (:x) AND (:x)) OR (x = :v)", values))
      yield* refusedCondition("((x)) = :v", "The expression has redundant parentheses;", { ":v": n(1) })
    })
  ),

  "needs each placeholder to be defined, used, and well formed": documented(
    placeholders,
    Effect.gen(function*() {
      yield* table
      const v = { ":v": n(1) }
      yield* refusedCondition(
        "x = :v",
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}",
        { ...v, ":w": n(2) }
      )
      yield* refusedCondition(
        "x = :v",
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}",
        v,
        { "#x": "x" }
      )
      yield* refusedCondition(
        "x = :w",
        "An expression attribute value used in expression is not defined; attribute value: :w"
      )
      yield* refusedCondition(
        "#y = :v",
        "An expression attribute name used in the document path is not defined; attribute name: #y",
        v
      )
      yield* refusedCondition("x = :v", "ExpressionAttributeNames contains invalid key: Syntax error; key: \"x\"", v, {
        x: "x"
      })
      yield* expectRejected(
        put({ id: s("a") }, { ExpressionAttributeNames: { "#x": "x" } }),
        "ValidationException",
        "ExpressionAttributeNames can only be specified when using expressions"
      )
      assert.isTrue(yield* is("attribute_not_exists(#x.#y[0])", {}, { "#x": "a.b", "#y": "c d" }))
    })
  ),

  "refuses reserved words as names, in any case": documented(
    reserved,
    Effect.gen(function*() {
      yield* table
      for (const word of ["status", "Name", "TTL", "data", "TOKEN"]) {
        yield* refusedCondition(
          `attribute_not_exists(${word})`,
          `Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: ${word}`
        )
      }
      yield* update("a", {
        UpdateExpression: "SET x.#s = :v",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: { ":v": n(1) }
      }).pipe(
        (call) =>
          expectRejected(
            call,
            "ValidationException",
            "The document path provided in the update expression is invalid for update"
          )
      )
    })
  ),

  "sets attributes, elements and members, by values, paths and functions": documented(
    updates,
    Effect.gen(function*() {
      yield* table
      assert.deepEqual(
        yield* updated(
          { x: n(1), elems: { L: [n(1), n(2)] }, doc: { M: { y: n(1) } } },
          "SET x = x + :one, y = x, elems[0] = :text, elems[9] = :one, doc.z = if_not_exists(doc.z, :one)," +
            " prev = if_not_exists(x, :one)",
          { ":one": n(1), ":text": s("t") }
        ),
        {
          x: n(2),
          y: n(1),
          elems: { L: [s("t"), n(2), n(1)] },
          doc: { M: { y: n(1), z: n(1) } },
          prev: n(1)
        }
      )
      assert.deepEqual(
        yield* updated({ a: { L: [n(1)] } }, "SET a = list_append(:b, a), c = list_append(:b, :b)", {
          ":b": { L: [n(0)] }
        }),
        { a: { L: [n(0), n(1)] }, c: { L: [n(0), n(0)] } }
      )
      assert.deepEqual(yield* updated({ x: n("0.1") }, "SET x = x - :v", { ":v": n("0.3") }), { x: n("-0.2") })
    })
  ),

  "adds elements at the end of a list in the order of their indexes, however they are written": documented(
    updates,
    Effect.gen(function*() {
      yield* table
      assert.deepEqual(
        yield* updated(
          { elems: { L: [n(0), n(1)] }, x: n(0) },
          "SET elems[10] = :c, x = :a, elems[3] = :b, elems[2] = :a",
          {
            ":a": n(2),
            ":b": n(3),
            ":c": n(10)
          }
        ),
        { elems: { L: [n(0), n(1), n(2), n(3), n(10)] }, x: n(2) }
      )
    })
  ),

  "removes attributes, elements and members": documented(
    updates,
    Effect.gen(function*() {
      yield* table
      assert.deepEqual(
        yield* updated(
          { x: n(1), y: n(2), elems: { L: [n(0), n(1), n(2), n(3)] }, doc: { M: { a: n(1), b: n(2) } } },
          "REMOVE x, elems[0], elems[2], doc.a, absent"
        ),
        { y: n(2), elems: { L: [n(1), n(3)] }, doc: { M: { b: n(2) } } }
      )
    })
  ),

  "adds to numbers and sets, and deletes from sets": documented(
    updates,
    Effect.gen(function*() {
      yield* table
      const added = yield* updated({ x: n(1), tags: { SS: ["a"] } }, "ADD x :two, tags :tags, y :two, more :tags", {
        ":two": n(2),
        ":tags": { SS: ["a", "b"] }
      })
      assert.deepEqual([added["x"], added["y"]], [n(3), n(2)])
      assert.sameMembers(added["tags"]!.SS!, ["a", "b"])
      assert.sameMembers(added["more"]!.SS!, ["a", "b"])
      assert.deepEqual(
        yield* updated({ tags: { SS: ["a", "b"] }, numbers: { NS: ["1"] } }, "DELETE tags :tags, numbers :numbers", {
          ":tags": { SS: ["b", "c"] },
          ":numbers": { NS: ["1"] }
        }),
        { tags: { SS: ["a"] } }
      )
    })
  ),

  "counts up an item that isn't there yet": documented(
    "API_UpdateItem",
    Effect.gen(function*() {
      yield* table
      const count = update("counter", {
        UpdateExpression: "ADD hits :one SET seen = if_not_exists(seen, :zero) + :one",
        ExpressionAttributeValues: { ":one": n(1), ":zero": n(0) },
        ReturnValues: "UPDATED_NEW"
      })
      yield* count
      assert.deepEqual((yield* count).Attributes, { hits: n(2), seen: n(2) })
      yield* update("empty", {})
      assert.deepEqual(yield* get("empty"), { id: s("empty") })
    })
  ),

  "refuses updates of keys, of overlapping paths, and with wrong operands": documented(
    updates,
    Effect.gen(function*() {
      yield* table
      const v = { ":v": n(1) }
      yield* refusedUpdate({}, "SET id = :v", "Cannot update attribute id. This attribute is part of the key", v)
      yield* refusedUpdate(
        {},
        "SET a = :v, a.b = :v",
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; " +
          "path one: [a], path two: [a, b]",
        v
      )
      yield* refusedUpdate({}, "SET a = :v SET b = :v", "can only be used once in an update expression", v)
      yield* refusedUpdate(
        {},
        "SET a.b = :v",
        "The document path provided in the update expression is invalid for update",
        v
      )
      yield* refusedUpdate(
        {},
        "SET a = b",
        "The provided expression refers to an attribute that does not exist in the item"
      )
      yield* refusedUpdate(
        { x: s("t") },
        "SET x = x + :v",
        "An operand in the update expression has an incorrect data type",
        v
      )
      yield* refusedUpdate(
        { x: s("t") },
        "ADD x :v",
        "An operand in the update expression has an incorrect data type",
        v
      )
      yield* refusedUpdate({}, "ADD x :v", "operator: ADD, operand type: STRING", { ":v": s("t") })
      yield* refusedUpdate({}, "DELETE x :v", "operator: DELETE, operand type: NUMBER", v)
      yield* refusedUpdate({}, "", "Invalid UpdateExpression: The expression can not be empty;")
      yield* refusedUpdate({}, "PUT a = :v", "Invalid UpdateExpression: Syntax error; token: \"PUT\"", v)
    })
  ),

  "projects attributes, members and elements": documented(
    paths,
    Effect.gen(function*() {
      yield* table
      yield* put({
        id: s("a"),
        x: n(1),
        elems: { L: [n(0), { M: { y: n(1), z: n(2) } }, n(2)] },
        doc: { M: { nested: { M: { y: n(1), z: n(2) } }, cost: n(3) } }
      })
      const projected = (ProjectionExpression: string, ExpressionAttributeNames?: Record<string, string>) =>
        get("a", { ProjectionExpression, ExpressionAttributeNames })
      assert.deepEqual(yield* projected("x, elems[1].y, elems[2], doc.#i.y, absent", { "#i": "nested" }), {
        x: n(1),
        elems: { L: [{ M: { y: n(1) } }, n(2)] },
        doc: { M: { nested: { M: { y: n(1) } } } }
      })
      assert.deepEqual(yield* projected("absent"), {})
      yield* expectRejected(projected("x, x"), "ValidationException", "Two document paths overlap with each other")
      yield* expectRejected(projected("x y"), "ValidationException", "Invalid ProjectionExpression: Syntax error")
    })
  )
})
