/** Operations that roles, users and groups share: inline policies, attached policies, a boundary. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { checkPolicy, encoded } from "./documents.ts"
import { checkArn, isAwsManaged, pathIn } from "./policies.ts"
import * as Iam from "./state.ts"

type Paging = Parameters<typeof Iam.listPage>[1]

/** The name of a kind of holder in messages. */
type Kind = "role" | "user" | "group"

const noInline = (kind: Kind, name: string) => Iam.noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`)

// AWS limits the inline policies of a role to 10,240 characters, and those of a user to 2,048. Not enforced: tests need holders
// with hundreds of policies.
export const putInline = Effect.fnUntraced(function*(holder: Iam.PolicyHolder, name: string, document: string) {
  holder.inline.set(name, yield* checkPolicy(document))
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

// AWS limits a holder to 10 attached policies, or 20 on request. Not enforced, for the same reason.
export const attach = Effect.fnUntraced(function*(state: Iam.State, holder: Iam.PolicyHolder, PolicyArn: string) {
  const arn = yield* checkArn(PolicyArn)
  if (!isAwsManaged(arn) && !state.policies.has(arn)) {
    return yield* Iam.noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  }
  holder.attached.add(arn)
  return {}
})

export const detach = Effect.fnUntraced(function*(holder: Iam.PolicyHolder, PolicyArn: string) {
  const arn = yield* checkArn(PolicyArn)
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
