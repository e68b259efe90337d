// What policies of several kinds decide together, as "Policy evaluation logic" of IAM's user guide has it.
import { assert, describe, it } from "@effect/vitest"
import { parseDocument } from "../../emulator/support/policyDocuments.ts"
import { decide, type Kind, type Policies } from "../../emulator/support/policyEvaluation.ts"

const account = "111122223333"
const user = `arn:aws:iam::${account}:user/ann`
const role = `arn:aws:iam::${account}:role/app`
const session = `arn:aws:sts::${account}:assumed-role/app/one`

const source = (statement: object) => ({
  policy: parseDocument(JSON.stringify({ Version: "2012-10-17", Statement: [statement] })),
  source: undefined
})
const statement = (Effect: string, Principal?: string) =>
  source({ Effect, Action: "s3:*", Resource: "*", ...(Principal !== undefined && { Principal: { AWS: Principal } }) })
const allow = [statement("Allow")]
const deny = [statement("Deny")]
const to = (principal: string) => [statement("Allow", principal)]

type Given = Partial<Policies<undefined>>

const decided = (arn: string, given: Given, isCrossAccount = false): readonly [string, Kind | undefined] => {
  const request = {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    valuesOf: () => undefined,
    principal: { account, arn }
  }
  const { deniedBy, verdict } = decide(
    { identity: [], resource: [], boundary: undefined, ...given },
    request,
    isCrossAccount
  )
  return [verdict, deniedBy]
}

const allowed = ["allowed", undefined] as const

describe("a decision within an account", () => {
  it("needs an allowance of the identity or of the resource", () => {
    assert.deepStrictEqual(decided(user, {}), ["implicitDeny", "identity"])
    assert.deepStrictEqual(decided(user, { identity: allow }), allowed)
    assert.deepStrictEqual(decided(user, { resource: to(user) }), allowed)
    assert.deepStrictEqual(decided(user, { resource: to(`arn:aws:iam::${account}:root`) }), [
      "implicitDeny",
      "identity"
    ])
  })

  it("is a denial if any policy denies", () => {
    const all: Given = { identity: allow, boundary: allow, session: allow, control: [allow], resource: to(user) }
    assert.deepStrictEqual(decided(user, all), allowed)
    for (const kind of ["identity", "boundary", "session"] as const) {
      assert.deepStrictEqual(decided(user, { ...all, [kind]: [...allow, ...deny] }), ["explicitDeny", kind])
    }
    assert.deepStrictEqual(decided(user, { ...all, resource: [statement("Deny", "*")] }), ["explicitDeny", "resource"])
    assert.deepStrictEqual(decided(user, { ...all, control: [[...allow, ...deny]] }), ["explicitDeny", "control"])
  })

  it("is limited by boundaries, sessions and each level of an organization, in silence, too", () => {
    assert.deepStrictEqual(decided(user, { identity: allow, boundary: [] }), ["implicitDeny", "boundary"])
    assert.deepStrictEqual(decided(session, { identity: allow, session: [] }), ["implicitDeny", "session"])
    assert.deepStrictEqual(decided(user, { identity: allow, control: [allow, []] }), ["implicitDeny", "control"])
    assert.deepStrictEqual(decided(user, { boundary: allow, session: allow, control: [allow] }), [
      "implicitDeny",
      "identity"
    ])
  })

  it("isn't limited by a boundary or a session if the resource names the user or the session itself", () => {
    const limits: Given = { boundary: [], session: [] }
    assert.deepStrictEqual(decided(user, { boundary: [], resource: to(user) }), allowed)
    assert.deepStrictEqual(decided(session, { ...limits, resource: to(session) }), allowed)
    assert.deepStrictEqual(decided(session, { ...limits, resource: to(role) }), ["implicitDeny", "boundary"])
    assert.deepStrictEqual(decided(session, { session: [], resource: to(role) }), ["implicitDeny", "session"])
    assert.deepStrictEqual(decided(user, { control: [[]], resource: to(user) }), ["implicitDeny", "control"])
  })
})

describe("a decision about another account's resource", () => {
  it("needs both sides", () => {
    assert.deepStrictEqual(decided(user, { identity: allow }, true), ["implicitDeny", "resource"])
    assert.deepStrictEqual(decided(user, { resource: to(user) }, true), ["implicitDeny", "identity"])
    assert.deepStrictEqual(decided(user, { identity: allow, resource: to(account) }, true), allowed)
  })
})
