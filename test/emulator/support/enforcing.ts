// Policies, and programs on an in-memory AWS that enforces them.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, InMemory, Ssm } from "effect-aws-sdk"

export const account = "123456789012"

export const policy = (...Statement: ReadonlyArray<object>) => JSON.stringify({ Version: "2012-10-17", Statement })

export const allow = (Action: string | ReadonlyArray<string>, more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more
})

export const deny = (Action: string, more: object = {}) => ({ ...allow(Action, more), Effect: "Deny" })

export const put = Ssm.putParameter({ name: "/app/state", value: "ready", overwrite: true })

/** Why AWS refuses a program. */
export const refusal = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(program), (error) => (error as AwsError).message)

export const test = <E>(title: string, run: Effect.Effect<unknown, E, AwsClients | InMemory>) =>
  it.effect(title, () => Effect.provide(run, InMemory.layer({ enforceIam: true })))
