/**
 * Decides what callers may do: by the policies of their identities and sessions, of resources, and of organizations.
 *
 * The account's root user and the program's own user may do everything in their account. AWS itself is never asked.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Need } from "../engine/authorization.ts"
import type { Guard, GuardedCall } from "../engine/guard.ts"
import { makeJournal } from "../engine/journal.ts"
import { anonymous } from "../engine/principals.ts"
import type { Fault, HandlerContext, Service } from "../engine/service.ts"
import { managedDocuments } from "../iam/managed.ts"
import { parseDocument } from "../support/policyDocuments.ts"
import {
  decide,
  type Decision,
  type Kind,
  type Match,
  type Policies,
  type PolicyRequest
} from "../support/policyEvaluation.ts"
import { needsOf } from "./actions.ts"
import { type Caller, callerOf, type Documents } from "./callers.ts"
import type { Denial, PolicyReference, PolicyType } from "./denials.ts"
import { hintsOf } from "./hints.ts"
import { type CallKeys, keysOfCall, keysOfNeed } from "./keys.ts"
import { checkResourceControl, controlOf } from "./organizations.ts"
import { isDenial, refusalOf, unauthorized } from "./refusals.ts"
import { type ByPrefix, type Resource, resourceOf } from "./resources.ts"
import { hasToken, judgeToken } from "./webIdentity.ts"

/** A guard that remembers what it refused. */
export interface RecordingGuard extends Guard {
  /** The refusals, the oldest first. */
  readonly denied: () => ReadonlyArray<Denial>
  /** The permissions that a call needed at its time, if it is remembered. */
  readonly neededBy: (requestId: string) => ReadonlyArray<Need> | undefined
}

/** What is the same for each permission that a call needs. */
interface Call {
  readonly caller: Caller
  readonly keys: CallKeys
  /** What the handler asked for last that nothing allows. */
  asked?: Judged | undefined
}

/** A decision about one permission, and the policies that it rests on. */
interface Judged {
  readonly need: Need
  readonly resource: Resource
  readonly isCrossAccount: boolean
  readonly policies: Policies<PolicyReference>
  readonly request: PolicyRequest
  readonly decision: Decision<PolicyReference>
}

/** The actions that are allowed by the trust policy of a role, whatever else allows them. */
const onTrust = /^sts:(?:AssumeRole(?:WithWebIdentity)?|SetSourceIdentity|TagSession)$/

const judge = (need: Need, { caller, keys }: Call, context: HandlerContext, services: ByPrefix): Judged => {
  const resource = resourceOf(need.resource, context, services)
  const isCrossAccount = resource.owner !== undefined && resource.owner !== context.account
  if (resource.owner !== undefined) checkResourceControl(context, resource.owner)
  const isTrusted = resource.isRole && onTrust.test(need.action)
  // The trust policy of a role says who may assume it, and nothing else.
  const text = resource.isRole && !isTrusted ? undefined : resource.policy()
  const type: PolicyType = isTrusted ? "role trust policy" : "resource-based policy"
  const policies: Policies<PolicyReference> = {
    ...caller.policies,
    resource: text === undefined ? [] : [{ policy: parseDocument(text), source: { type, of: resource.holder } }],
    control: caller.isControlled ? controlOf(context, context.account) : undefined
  }
  const request = {
    action: need.action,
    resource: need.resource,
    principal: caller.named,
    valuesOf: keysOfNeed(need, resource, context, keys, services)
  }
  const decision = decide(policies, request, isCrossAccount)
  return { need, resource, isCrossAccount, policies, request, decision: isTrusted ? trusted(decision) : decision }
}

/** Without the trust of the role, nothing lets a caller assume it. */
const trusted = (decision: Decision<PolicyReference>): Decision<PolicyReference> =>
  decision.verdict === "allowed" && decision.resource !== "allowed"
    ? { ...decision, verdict: "implicitDeny", matches: [], deniedBy: "resource" }
    : decision

/**
 * Whether the permission is refused. Services whose resources have no policies, and S3 with its lists of grants, decide by themselves
 * what other accounts may do with their resources.
 */
const isRefused = ({ decision, isCrossAccount, resource }: Judged): boolean =>
  decision.verdict !== "allowed" &&
  !(isCrossAccount && decision.verdict === "implicitDeny" && decision.deniedBy === "resource" &&
    (!resource.hasPolicies || resource.prefix === "s3"))

const types: Readonly<Record<Exclude<Kind, "resource">, PolicyType>> = {
  boundary: "permissions boundary",
  control: "service control policy",
  identity: "identity-based policy",
  session: "session policy"
}

const typeOf = ({ decision: { deniedBy = "identity" }, need, resource }: Judged): PolicyType =>
  deniedBy !== "resource"
    ? types[deniedBy]
    : resource.isRole && onTrust.test(need.action)
    ? "role trust policy"
    : "resource-based policy"

/** What is known about a permission that no policy allows: the policies of the kind that refused, and what is probably wrong. */
const missingOf = ({ decision: { deniedBy = "identity" }, need, policies, request, resource }: Judged) => {
  const sources = deniedBy === "control" ? (policies.control ?? []).flat() : policies[deniedBy] ?? []
  const hasNoRole = resource.isRole && onTrust.test(need.action) && resource.policy() === undefined
  return { policies: sources.map(({ source }) => source), ...hintsOf(sources, request, hasNoRole) }
}

const statementOf = ({ source, statement }: Match<PolicyReference>, { policies }: Judged) => {
  const all = [
    ...policies.identity,
    ...policies.boundary ?? [],
    ...policies.session ?? [],
    ...policies.resource,
    ...(policies.control ?? []).flat()
  ]
  const policy = all.find((one) => one.source === source)!.policy
  return { policy: source, position: policy.statements.indexOf(statement) + 1, text: statement.json ?? {} }
}

const needsStsKeys = ({ operation, service }: GuardedCall): boolean =>
  service.serviceId === "STS" && operation === "AssumeRole"

/** Makes a guard that remembers as many refusals. */
export const makeGuard = (services: ReadonlyArray<Service<any>>, size: number): RecordingGuard => {
  const byNamespace = new Map(services.map((service) => [service.namespace, service]))
  const byPrefix: ByPrefix = new Map(
    services.flatMap((service) => service.authorization === undefined ? [] : [[service.authorization.prefix, service]])
  )
  const journal = makeJournal<Denial>(size)
  const calls = new WeakMap<HandlerContext, Call>()
  const needed = new Map<string, ReadonlyArray<Need>>()
  let documents: Documents | undefined

  /** Remembers what a call needed at its time. What it is about may be gone later. */
  const remember = (requestId: string, needs: ReadonlyArray<Need>): void => {
    needed.set(requestId, needs)
    if (needed.size > size) needed.delete(needed.keys().next().value!)
  }

  const load = Effect.suspend(() =>
    documents === undefined
      ? Effect.map(managedDocuments, (loaded) => documents = loaded)
      : Effect.succeed(documents)
  )

  const add = (
    { operation, requestId, service }: GuardedCall,
    { account, principal, region }: HandlerContext,
    now: number,
    own: Pick<Denial, "action" | "hint" | "in" | "message" | "nearly" | "policies" | "resource" | "statement" | "why">
  ): void =>
    journal.add({
      time: new Date(now),
      principal: principal.arn,
      service: service.serviceId,
      operation,
      account,
      region,
      requestId,
      ...own
    })

  /** Records a refusal, with the message of the handler if it was the handler that refused. */
  const refuse = (
    judged: Judged,
    call: GuardedCall,
    context: HandlerContext,
    now: number,
    message?: string
  ): Fault => {
    const { decision: { matches, verdict }, isCrossAccount, need } = judged
    const type = typeOf(judged)
    const cause = verdict === "explicitDeny" ? matches.find(({ source }) => source.type === type) : undefined
    const refusal = {
      action: need.action,
      resource: need.resource,
      isExplicit: cause !== undefined,
      in: type,
      arn: cause?.source.arn,
      statement: cause?.statement,
      keys: need.keys ?? {},
      isCrossAccount
    }
    const fault = refusalOf(call.service.serviceId, refusal, context)
    add(call, context, now, {
      action: need.action,
      resource: need.resource,
      why: cause === undefined ? "no policy allows" : "explicit deny",
      in: type,
      ...(cause === undefined ? missingOf(judged) : { statement: statementOf(cause, judged) }),
      message: message ?? fault.message
    })
    return fault
  }

  const check: Guard["check"] = Effect.fnUntraced(function*(call, context) {
    if (context.account === anonymous.account) return
    const { input, operation, service: { namespace, serviceId } } = call
    const service = byNamespace.get(namespace)
    const needs = needsOf(service, { serviceId, operation, input }, context, (one) => context.stateOf(one))
    remember(call.requestId, needs)
    const loaded = documents ?? (yield* load)
    const now = yield* Clock.currentTimeMillis
    const refused = yield* Effect.sync(() => {
      const caller = callerOf(context, loaded)
      const own: Call = { caller, keys: keysOfCall(caller, context, now, needsStsKeys(call) ? input : undefined) }
      calls.set(context, own)
      for (const need of needs) {
        const judged = judge(need, own, context, byPrefix)
        if (!isRefused(judged)) continue
        if (need.byHandler !== true) return judged
        // The answer has this refusal in it, and the call goes on.
        refuse(judged, call, context, now)
      }
      return undefined
    })
    if (refused !== undefined) return yield* refuse(refused, call, context, now)
  })

  const note: Guard["note"] = Effect.fnUntraced(function*(call, context, { code, message }) {
    if (!isDenial.test(code)) return
    const now = yield* Clock.currentTimeMillis
    const { input, operation, service: { namespace, serviceId } } = call
    const said = unauthorized.exec(message)
    if (hasToken(input)) {
      const need = { action: said?.[1] ?? `sts:${operation}`, resource: input.RoleArn }
      const judged = yield* judgeToken(input, need.action, context, now)
      const resource = resourceOf(need.resource, context, byPrefix)
      return void refuse({ ...judged, need, resource, isCrossAccount: false }, call, context, now, message)
    }
    yield* Effect.sync(() => {
      const own = calls.get(context)
      const needs = needsOf(
        byNamespace.get(namespace),
        { serviceId, operation, input },
        context,
        (one) => context.stateOf(one)
      ).filter(({ byHandler }) => byHandler !== true)
      const judged = own &&
        (needs.map((need) => judge(need, own, context, byPrefix)).find(({ decision }) =>
          decision.verdict !== "allowed"
        ) ?? own.asked)
      if (judged !== undefined) return void refuse(judged, call, context, now, message)
      // A service also refuses what no policy could allow: a locked object, a reserved name.
      if (own !== undefined && said === null) return
      const resource = resourceOf(said?.[2] ?? needs[0]?.resource ?? "*", context, byPrefix)
      const type = resource.isRole ? "role trust policy" : "resource-based policy"
      add(call, context, now, {
        action: said?.[1] ?? needs[0]?.action ?? `${serviceId.toLowerCase()}:${operation}`,
        resource: resource.arn,
        why: message.includes("explicit deny") ? "explicit deny" : "no policy allows",
        in: type,
        policies: resource.policy() === undefined ? [] : [{ type, of: resource.holder }],
        message
      })
    })
  })

  return {
    check,
    may: (need, context) => {
      const call = calls.get(context)
      // What nobody checked before, AWS does by itself, or it needs no permission.
      if (call === undefined) return true
      const judged = judge(need, call, context, byPrefix)
      // Of a bucket of another account, the handler decides. It refuses if nothing else allows this.
      if (judged.decision.verdict !== "allowed") call.asked = judged
      return !isRefused(judged)
    },
    note,
    reset: () => {
      journal.clear()
      needed.clear()
    },
    denied: journal.entries,
    neededBy: (requestId) => needed.get(requestId)
  }
}
