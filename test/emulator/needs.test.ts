// Tables of the permissions that calls need: the notation, and what some services look up in their state.
import type * as sdk from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { given, needs, requestTags, type Rule } from "../../emulator/support/needs.ts"

const place = { account: "123456789012", region: "eu-west-1", partition: "aws-cn" }

const needsFor = (rule: Rule<any>, input: object, isGlobal = false) => {
  const table = needs<typeof sdk>()("ecs", { DescribeTasks: rule }, { isGlobal })
  return table.needs["DescribeTasks"]!(input, place)
}

/** The resources that a text means, without what all of them begin with. */
const resources = (text: string, input: object) =>
  needsFor(text, input).map(({ resource }) => resource.replace("arn:aws-cn:ecs:eu-west-1:123456789012:", ""))

describe("a rule", () => {
  it("that is a text names a resource of the operation's own action, in the caller's account and region", () => {
    assert.deepStrictEqual(needsFor("task/{cluster}", { cluster: "web" }), [
      { action: "ecs:DescribeTasks", resource: "arn:aws-cn:ecs:eu-west-1:123456789012:task/web" }
    ])
  })

  it("of a global service names resources without a region", () => {
    assert.deepStrictEqual(needsFor("role/{name}", { name: "r" }, true).map(({ resource }) => resource), [
      "arn:aws-cn:ecs::123456789012:role/r"
    ])
  })

  it("makes a resource for each element of a list, also of structures", () => {
    assert.deepStrictEqual(resources("task/{ids}", { ids: ["a", "b"] }), ["task/a", "task/b"])
    assert.deepStrictEqual(resources("task/{ids.of}", { ids: [{ of: "a" }, {}, { of: ["b"] }] }), ["task/a", "task/b"])
    assert.deepStrictEqual(resources("{a}/{b}", { a: ["1", "2"], b: ["3", "4"] }), ["1/3", "1/4", "2/3", "2/4"])
  })

  it("leaves out a resource whose member is missing, unless it has a default", () => {
    assert.deepStrictEqual(resources("task/{id}", {}), ["*"])
    assert.deepStrictEqual(resources("task/{id}", { id: "" }), ["*"])
    assert.deepStrictEqual(resources("task/{id=default}", {}), ["task/default"])
  })

  it("leaves out a slash at the beginning", () => {
    assert.deepStrictEqual(resources("parameter/{/id}", { id: "/a/b" }), ["parameter/a/b"])
    assert.deepStrictEqual(resources("parameter/{/id}", { id: "a" }), ["parameter/a"])
  })

  it("takes an ARN at its end for the resource, and one before that for its name", () => {
    const arn = "arn:aws-cn:ecs:eu-west-1:999999999999:cluster/web"
    assert.deepStrictEqual(needsFor("cluster/{cluster}", { cluster: arn }).map(({ resource }) => resource), [arn])
    assert.deepStrictEqual(resources("task/{cluster}/{id}", { cluster: arn, id: "t" }), ["task/web/t"])
  })

  it("doesn't take braces and dollars in a member for its own", () => {
    assert.deepStrictEqual(resources("{a}/{b}", { a: "$&{x}", b: "$1" }), ["$&{x}/$1"])
  })

  it("has parts, with other actions and condition keys, for the inputs that need them", () => {
    const rule: Rule<{ readonly tags?: ReadonlyArray<string>; readonly role?: string }> = [
      "task/{id}",
      { action: "TagResource", on: "task/*", when: ({ tags }) => tags !== undefined },
      {
        action: "iam:PassRole",
        on: "{role}",
        keys: ({ role }) => given({ "iam:passedtoservice": role }),
        byHandler: true
      }
    ]
    const arn = "arn:aws-cn:iam::123456789012:role/r"
    const [first, ...others] = needsFor(rule, { id: "t", role: arn })
    assert.strictEqual(first!.resource, "arn:aws-cn:ecs:eu-west-1:123456789012:task/t")
    assert.deepStrictEqual(others, [
      { action: "iam:PassRole", resource: arn, keys: { "iam:passedtoservice": [arn] }, byHandler: true }
    ])
    assert.deepStrictEqual(needsFor(rule, { id: "t", tags: [] }).map(({ action }) => action), [
      "ecs:DescribeTasks",
      "ecs:TagResource",
      "iam:PassRole"
    ])
  })

  it("that is an empty list needs nothing", () => {
    assert.deepStrictEqual(needsFor([], {}), [])
  })
})

describe("the values of condition keys", () => {
  it("are those that a request has", () => {
    assert.deepStrictEqual(given({ a: "x", b: undefined, c: [], d: [undefined, "y"], e: false, f: 0 }), {
      a: ["x"],
      d: ["y"],
      e: ["false"],
      f: ["0"]
    })
  })

  it("have the tags of a request, with keys as they are written in aws:TagKeys alone", () => {
    assert.deepStrictEqual(requestTags([["Team", "a"], ["env", undefined], [undefined, "x"]]), {
      "aws:requesttag/team": ["a"],
      "aws:requesttag/env": [""],
      "aws:tagkeys": ["Team", "env"]
    })
    assert.deepStrictEqual(requestTags([]), {})
  })
})
