// What tests of permissions share: roles, their sessions, and a second account.
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam"
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  EnablePolicyTypeCommand,
  ListAccountsCommand,
  ListRootsCommand
} from "@aws-sdk/client-organizations"
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AssumeRole, type AwsClients, type AwsError, Iam, InMemory } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { TestClock } from "effect/testing"

export const account = "123456789012"

export const roleArn = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`

export const policy = (...Statement: ReadonlyArray<object>) => JSON.stringify({ Version: "2012-10-17", Statement })

export const allow = (Action: string | ReadonlyArray<string>, more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more
})

export const deny = (Action: string | ReadonlyArray<string>, more: object = {}) => ({
  ...allow(Action, more),
  Effect: "Deny"
})

export const trust = (AWS: string, more: object = {}) =>
  policy({ Effect: "Allow", Principal: { AWS }, Action: ["sts:AssumeRole", "sts:TagSession"], ...more })

export const putPolicy = (RoleName: string, ...statements: ReadonlyArray<object>) =>
  Iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: policy(...statements) }))

/** Creates a role that its account may assume, with these statements. */
export const createRole = Effect.fnUntraced(function*(RoleName: string, ...statements: ReadonlyArray<object>) {
  yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(account) }))
  if (statements.length > 0) yield* putPolicy(RoleName, ...statements)
})

/** Runs a program in a session of a role. */
export const as = (name: string, options: Partial<AssumeRole.Options> = {}, of = account) => {
  const layer = AssumeRole.layer({ roleArn: roleArn(name, of), sessionName: "test", ...options })
  return <A, E, R>(program: Effect.Effect<A, E, R>) => Effect.provide(program, layer)
}

/** Runs a program in a session of a role of this account, which a session of another role assumes. */
export const through = (outer: string, inner: string, options: Partial<AssumeRole.Options> = {}) => {
  const layer = (name: string, more: Partial<AssumeRole.Options>) =>
    AssumeRole.layer({ roleArn: roleArn(name), sessionName: "test", ...more })
  return <A, E>(program: Effect.Effect<A, E, AwsClients>) =>
    Effect.provide(program, Layer.provide(layer(inner, options), layer(outer, {})))
}

/** Makes an organization with a second account. */
export const organize = Effect.gen(function*() {
  yield* Organizations.send(new CreateOrganizationCommand({}))
  const { Roots } = yield* Organizations.send(new ListRootsCommand({}))
  const RootId = Roots![0]!.Id!
  yield* Organizations.send(new EnablePolicyTypeCommand({ RootId, PolicyType: "SERVICE_CONTROL_POLICY" }))
  yield* Organizations.send(new CreateAccountCommand({ AccountName: "member", Email: "member@example.com" }))
  yield* TestClock.adjust("1 minute")
  const { Accounts = [] } = yield* Organizations.send(new ListAccountsCommand({}))
  const member = Accounts.find(({ Id }) => Id !== account)!.Id!
  return { RootId, member, inMember: as("OrganizationAccountAccessRole", {}, member) }
})

/** The message of a refusal. */
export const refusal = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(program), (error) => (error as AwsError).message)

export const test = <E>(title: string, run: Effect.Effect<unknown, E, AwsClients | InMemory>) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer({ enforceIam: true })))
