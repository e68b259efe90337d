// What the services of the emulator share: constraints, tags, ARNs, idempotency tokens, and keys for pages.
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { canonical, observe } from "../../emulator/engine/input.ts"
import { nameIn, parseArn } from "../../emulator/support/arn.ts"
import { checker, type Rules } from "../../emulator/support/constraints.ts"
import { idempotent, type Tokens } from "../../emulator/support/idempotency.ts"
import { descending, numberKey } from "../../emulator/support/order.ts"
import { tagging } from "../../emulator/support/tags.ts"
import { Fault } from "../../emulator/wire/fault.ts"
import { operationParts } from "../../emulator/wire/sdk.ts"

interface Input {
  readonly Name?: string
  readonly Names?: ReadonlyArray<string>
  readonly Body?: Uint8Array
  readonly MaxResults?: number
  readonly Status?: string
  readonly Tags?: ReadonlyArray<{ readonly Key?: string; readonly Value?: string }>
  readonly Options?: { readonly Export?: string }
}

const rules = {
  Name: { required: true, min: 2, max: 5, pattern: "[a-z]+" },
  Names: { min: 1, max: 2, each: { min: 1, max: 3, pattern: "[a-z]+" } },
  Body: { max: 2 },
  MaxResults: { min: 1, max: 50 },
  Status: { enum: ["Active", "Inactive"] },
  Tags: { max: 2, members: { Key: { required: true, min: 1 }, Value: { max: 3 } } },
  Options: { members: { Export: { enum: ["ENABLED"] } } }
} satisfies Rules<Input>

const messageOf = (input: Input, words: Parameters<typeof checker>[0] = { code: "ValidationException" }) =>
  Effect.map(Effect.flip(checker(words)(input, rules)), ({ code, message }) => `${code}: ${message}`)

describe("constraints", () => {
  it.effect("accepts an input that keeps them all", () =>
    Effect.gen(function*() {
      const input = {
        Name: "abc",
        Names: ["a", "abc"],
        Body: new Uint8Array(2),
        MaxResults: 50,
        Status: "Active",
        Tags: [{ Key: "k", Value: "abc" }],
        Options: { Export: "ENABLED" }
      }
      assert.strictEqual(yield* checker({ code: "ValidationException" })(input, rules), input)
      assert.deepEqual(yield* checker({ code: "ValidationException" })({ Name: "abc" }, rules), { Name: "abc" })
    }))

  const cases: ReadonlyArray<
    readonly [title: string, input: Input, violations: ReadonlyArray<readonly [string, string]>]
  > = [
    ["a missing member", {}, [["null at 'name'", "not be null"]]],
    ["a short text", { Name: "a" }, [["'a' at 'name'", "have length greater than or equal to 2"]]],
    ["a long text of wrong characters, the pattern first", { Name: "ABCDEF" }, [
      ["'ABCDEF' at 'name'", "satisfy regular expression pattern: [a-z]+"],
      ["'ABCDEF' at 'name'", "have length less than or equal to 5"]
    ]],
    ["an empty list", { Name: "abc", Names: [] }, [["'[]' at 'names'", "have length greater than or equal to 1"]]],
    ["a wrong element, with all that its shape demands", { Name: "abc", Names: ["a", "abcd"] }, [[
      "'[a, abcd]' at 'names'",
      "satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]"
    ]]],
    ["a large number", { Name: "abc", MaxResults: 51 }, [[
      "'51' at 'maxResults'",
      "have value less than or equal to 50"
    ]]],
    ["another value than those of an enum", { Name: "abc", Status: "Off" }, [
      ["'Off' at 'status'", "satisfy enum value set: [Active, Inactive]"]
    ]],
    ["members of structures, in a list or alone", {
      Name: "abc",
      Tags: [{ Key: "k" }, { Value: "long" }],
      Options: { Export: "x" }
    }, [
      ["null at 'tags.2.member.key'", "not be null"],
      ["'long' at 'tags.2.member.value'", "have length less than or equal to 3"],
      ["'x' at 'options.export'", "satisfy enum value set: [ENABLED]"]
    ]],
    ["bytes", { Name: "abc", Body: new Uint8Array(3) }, [
      ["'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]' at 'body'", "have length less than or equal to 2"]
    ]]
  ]
  for (const [title, input, violations] of cases) {
    it.effect(`lists ${title}`, () =>
      Effect.gen(function*() {
        const text = violations.map(([what, must]) => `Value ${what} failed to satisfy constraint: Member must ${must}`)
        const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`
        assert.strictEqual(yield* messageOf(input), `ValidationException: ${count} detected: ${text.join("; ")}`)
      }))
  }

  it.effect("leaves values and enums out for a service that hides them", () =>
    Effect.gen(function*() {
      const words = { code: "ValidationError", hidesValues: true }
      assert.strictEqual(
        yield* messageOf({ Name: "abc", Status: "Off" }, words),
        "ValidationError: 1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set"
      )
      assert.strictEqual(
        yield* messageOf({ Name: "ABC" }, words),
        "ValidationError: 1 validation error detected: Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+"
      )
    }))

  it.effect("says that a member is missing in the service's own words", () =>
    Effect.gen(function*() {
      const words = {
        code: "ValidationError",
        missing: (member: string) =>
          new Fault({ code: "MissingParameter", message: `The parameter ${member} is required.` })
      }
      assert.strictEqual(
        yield* messageOf({ Name: "abc", Tags: [{ Key: "k" }, {}] }, words),
        "MissingParameter: The parameter Tags.member.2.Key is required."
      )
    }))

  it.effect("doesn't count as reading a member", () =>
    Effect.gen(function*() {
      const { input: shape } = operationParts(new CreateRoleCommand({} as never).schema as never)
      const { input, unread } = observe(shape, { RoleName: "r", Description: "d", Tags: [{ Key: "k", Value: "v" }] })
      const checked = yield* checker({ code: "ValidationError" })(
        input as { readonly RoleName?: string; readonly Description?: string },
        { RoleName: { required: true, min: 1 }, Description: { max: 10 } }
      )
      assert.deepEqual(unread(), ["RoleName", "Description", "Tags"])
      assert.strictEqual(checked.RoleName, "r")
      assert.deepEqual(unread(), ["Description", "Tags"])
    }))
})

describe("tags", () => {
  interface Tag {
    readonly key?: string
    readonly value?: string
  }
  const fault = (code: string) => (key = "") => new Fault({ code, message: key })
  const strict = tagging<Tag>({
    key: ({ key }) => key,
    limit: 3,
    tooMany: fault("TooMany")(),
    reserved: fault("Reserved"),
    duplicate: fault("Duplicate"),
    ignoresCase: true
  })
  const loose = tagging<Tag>({ key: ({ key }) => key, limit: 3, tooMany: fault("TooMany")() })
  const tags = (text: string): ReadonlyArray<Tag> => text.split(" ").map((key) => ({ key }))

  it.effect("replaces a tag at its place and adds others at the end", () =>
    Effect.gen(function*() {
      const before = [{ key: "a", value: "1" }, { key: "b", value: "2" }]
      assert.deepEqual(yield* loose.add(before, [{ key: "c" }, { key: "a", value: "3" }]), [
        { key: "a", value: "3" },
        { key: "b", value: "2" },
        { key: "c" }
      ])
      assert.deepEqual(yield* strict.add(before, [{ key: "A" }]), [{ key: "A" }, { key: "b", value: "2" }])
      assert.deepEqual(yield* loose.add([], tags("a A aws:x aws:x")), tags("a A aws:x"))
    }))

  it.effect("rejects too many tags, duplicates and reserved keys", () =>
    Effect.gen(function*() {
      const codeOf = (keys: string) =>
        Effect.map(Effect.flip(strict.add(tags("a b"), tags(keys))), ({ code, message }) => `${code} ${message}`)
      assert.strictEqual(yield* codeOf("c d"), "TooMany ")
      assert.strictEqual(yield* codeOf("c C"), "Duplicate C")
      assert.strictEqual(yield* codeOf("AWS:c"), "Reserved AWS:c")
    }))

  it.effect("takes tags as a whole, so that their values count as read", () =>
    Effect.gen(function*() {
      const { input: shape } = operationParts(new CreateRoleCommand({} as never).schema as never)
      const { input, unread } = observe(shape, { Tags: [{ Key: "k", Value: "v" }] })
      const { add } = tagging<{ readonly Key?: string }>({
        key: ({ Key }) => Key,
        limit: 1,
        tooMany: fault("TooMany")()
      })
      assert.deepEqual(yield* add([], input["Tags"] as ReadonlyArray<{ readonly Key?: string }>), [
        { Key: "k", Value: "v" } as never
      ])
      assert.deepEqual(unread(), [])
    }))

  it("removes tags by key", () => {
    assert.deepEqual(strict.remove(tags("a B c"), ["b", "none"]), tags("a c"))
    assert.deepEqual(loose.remove(tags("a B c"), ["b", "c"]), tags("a B"))
  })
})

describe("ARNs", () => {
  it("reads the parts of an ARN", () => {
    assert.deepEqual(parseArn("arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/web:7"), {
      partition: "aws-cn",
      service: "ecs",
      region: "cn-north-1",
      account: "123456789012",
      resource: "task-definition/web:7"
    })
    assert.deepEqual(parseArn("arn:aws:s3:::bucket/key"), {
      partition: "aws",
      service: "s3",
      region: "",
      account: "",
      resource: "bucket/key"
    })
  })

  it("takes no other text for an ARN", () => {
    for (const text of ["", "web", "arn:aws:ecs", "urn:aws:ecs:r:a:x", "arn:aws::r:a:x", "arn:x:ecs:r:a:x"]) {
      assert.isUndefined(parseArn(text), text)
    }
  })

  it("finds the name at the end", () => {
    assert.strictEqual(nameIn("arn:aws:iam::123456789012:policy/team/read"), "read")
    assert.strictEqual(nameIn("web"), "web")
  })
})

describe("idempotency tokens", () => {
  const state = () => ({ tokens: new Map() as Tokens<string>, count: 0 })
  const create = (
    own: ReturnType<typeof state>,
    input: { readonly Token?: string; readonly Name: string },
    mismatch?: Fault
  ) =>
    idempotent(
      own.tokens,
      {
        token: input.Token,
        request: canonical(input, ["Token"]),
        lifetime: 1_000,
        ...(mismatch !== undefined && { mismatch })
      },
      Effect.sync(() => `${input.Name}-${++own.count}`)
    )

  it.effect("creates something once for a token, until the token is old", () =>
    Effect.gen(function*() {
      const own = state()
      assert.strictEqual(yield* create(own, { Name: "a", Token: "t" }), "a-1")
      assert.strictEqual(yield* create(own, { Token: "t", Name: "a" }), "a-1")
      assert.strictEqual(yield* create(own, { Name: "a", Token: "u" }), "a-2")
      assert.strictEqual(yield* create(own, { Name: "a" }), "a-3")
      yield* TestClock.adjust(1_000)
      assert.strictEqual(yield* create(own, { Name: "a", Token: "t" }), "a-4")
    }))

  it.effect("rejects another request with the same token if the service does", () =>
    Effect.gen(function*() {
      const own = state()
      const mismatch = new Fault({ code: "IdempotentParameterMismatch", message: "" })
      yield* create(own, { Name: "a", Token: "t" }, mismatch)
      assert.strictEqual(yield* Effect.flip(create(own, { Name: "b", Token: "t" }, mismatch)), mismatch)
      assert.strictEqual(yield* create(own, { Name: "b", Token: "t" }), "a-1")
    }))

  it.effect("doesn't remember a request that failed", () =>
    Effect.gen(function*() {
      const own = state()
      const failed = new Fault({ code: "Failed", message: "" })
      const options = { token: "t", request: "", lifetime: 1_000 }
      yield* Effect.flip(idempotent(own.tokens, options, Effect.fail(failed)))
      assert.strictEqual(yield* idempotent(own.tokens, options, Effect.succeed("made")), "made")
    }))
})

it("orders the keys of numbers, and the other way around", () => {
  const numbers = [0, 7, 10, 1_700_000_000_000]
  assert.deepEqual(numbers.map(numberKey).toSorted(), numbers.map(numberKey))
  const texts = ["", "a", "ab", "b", "ba"]
  const order = (a: string, b: string) => descending(a) < descending(b) ? -1 : 1
  assert.deepEqual(texts.toSorted(order), texts.toReversed())
})
