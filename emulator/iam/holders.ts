/** Operations that roles, users and groups share: inline policies, attached policies, a boundary. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { checkPolicy, encoded } from "./documents.ts"
import { isForCustomers } from "./managed.ts"
import { checkArn, pathIn, policyExists } from "./policies.ts"
import { checkAttached, checkInline, kindOf, sizeOf } from "./quotas.ts"
import * as Iam from "./state.ts"

type Paging = Parameters<typeof Iam.listPage>[1]

/** The name of a kind of holder in messages. */
type Kind = "role" | "user" | "group"

const partitionOf = ({ arn }: Iam.PolicyHolder): string => parseArn(arn)?.partition ?? ""

const notAttachable = (holder: Iam.PolicyHolder) => {
  const kind = kindOf(holder)
  return Iam.notAttachable(
    `Cannot attach a Service Role Policy to a Customer ${kind.charAt(0).toUpperCase()}${kind.slice(1)}.`
  )
}

const noInline = (kind: Kind, name: string) => Iam.noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`)

export const putInline = Effect.fnUntraced(function*(holder: Iam.PolicyHolder, name: string, document: string) {
  yield* checkPolicy(document, partitionOf(holder))
  const all = new Map(holder.inline).set(name, document)
  yield* checkInline(holder, [...all.values()].reduce((size, one) => size + sizeOf(one), 0))
  holder.inline.set(name, document)
  return {}
})

export const getInline = Effect.fnUntraced(function*(kind: Kind, holder: Iam.PolicyHolder, name: string) {
  const document = holder.inline.get(name) ?? (yield* noInline(kind, name))
  return { PolicyName: name, PolicyDocument: encoded(document) }
})

export const deleteInline = Effect.fnUntraced(function*(kind: Kind, holder: Iam.PolicyHolder, name: string) {
  return holder.inline.delete(name) ? {} : yield* noInline(kind, name)
})

export const listInline = Effect.fnUntraced(
  function*(context: HandlerContext, input: Paging, holder: Iam.PolicyHolder) {
    const [page, next] = yield* Iam.listPage(context, input, holder.inline.keys(), (name) => name)
    return { PolicyNames: [...page], ...next }
  }
)

export const attach = Effect.fnUntraced(function*(state: Iam.State, holder: Iam.PolicyHolder, PolicyArn: string) {
  const arn = yield* checkArn(PolicyArn, partitionOf(holder))
  if (!(yield* policyExists(state, arn))) {
    return yield* Iam.noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  }
  if (!isForCustomers(arn)) return yield* notAttachable(holder)
  yield* checkAttached(holder, new Set(holder.attached).add(arn).size)
  holder.attached.add(arn)
  return {}
})

export const detach = Effect.fnUntraced(function*(holder: Iam.PolicyHolder, PolicyArn: string) {
  const arn = yield* checkArn(PolicyArn, partitionOf(holder))
  return holder.attached.delete(arn) ? {} : yield* Iam.noSuchEntity(`Policy ${arn} was not found.`)
})

export const listAttached = Effect.fnUntraced(function*(
  context: HandlerContext,
  input: Paging & { readonly PathPrefix?: string | undefined },
  holder: Iam.PolicyHolder
) {
  const { PathPrefix = "/" } = input
  const attached = [...holder.attached].filter((arn) => pathIn(arn).startsWith(PathPrefix))
  const [page, next] = yield* Iam.listPage(context, input, attached, (arn) => `${nameIn(arn)} ${arn}`)
  return { AttachedPolicies: page.map((arn) => ({ PolicyName: nameIn(arn), PolicyArn: arn })), ...next }
})

/** The boundary of a holder in an answer. AWS answers "Policy", unlike its documentation and the SDK's types. */
export const toSdkBoundary = ({ boundary }: Iam.PolicyHolder) =>
  boundary !== undefined && {
    PermissionsBoundary: { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: boundary }
  }

/** Why a holder can't be deleted, if it still has policies. */
export const deletionConflict = ({ attached, inline }: Iam.PolicyHolder): string | undefined =>
  attached.size > 0
    ? "Cannot delete entity, must detach all policies first."
    : inline.size > 0
    ? "Cannot delete entity, must delete policies first."
    : undefined
