// The resources that permissions are about: whose they are, and what their services say about them.
import type { Authorization, ConditionValues, Place } from "../engine/authorization.ts"
import type { HandlerContext, Service } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf } from "../iam/state.ts"
import { s3 } from "../s3/s3.ts"
import { nameIn, parseArn } from "../support/arn.ts"

/** The services by the name that they have in ARNs and actions. */
export type ByPrefix = ReadonlyMap<string, Service<any>>

export interface Resource {
  readonly arn: string
  /** The service of the resource, as in its ARN. Empty for `*`. */
  readonly prefix: string
  /** The account that the resource belongs to; `undefined` if it belongs to AWS, or isn't there. */
  readonly owner: string | undefined
  readonly isRole: boolean
  readonly tags: () => Readonly<Record<string, string>> | undefined
  readonly policy: () => string | undefined
  /** The ARN of what has the policy: for an object, its bucket. */
  readonly holder: string
  /** Whether resources of this service have policies. */
  readonly hasPolicies: boolean
  readonly keys: () => ConditionValues
}

/** The owner of a bucket or an object, whose ARNs don't say it. */
const bucketOwner = (arn: string, context: HandlerContext): string | undefined => {
  const { partition, resource = "" } = parseArn(arn) ?? {}
  return context.stateOf(s3).buckets.get(`${partition}:${resource.split("/")[0]}`)?.account
}

const nothing = () => undefined

/** The trust policy of a role. */
const trustOf = (arn: string, account: string, context: HandlerContext): string | undefined => {
  const role = context.stateOf(iam, { account }).roles.get(keyOf(nameIn(arn)))
  return role?.arn === arn ? role.trust : undefined
}

export const resourceOf = (arn: string, context: HandlerContext, services: ByPrefix): Resource => {
  const parsed = parseArn(arn)
  const service = parsed && services.get(parsed.service)
  const authorization: Authorization<any> | undefined = service?.authorization
  const isAccount = /^\d{12}$/.test(parsed?.account ?? "")
  const owner = parsed === undefined
    ? undefined
    : isAccount
    ? parsed.account
    : parsed.service === "s3"
    ? bucketOwner(arn, context)
    : undefined
  const place: Place = {
    account: owner ?? context.account,
    region: parsed?.region || context.region,
    partition: parsed?.partition ?? context.partition
  }
  const ask = <A>(question: ((arn: string, state: any, place: Place) => A) | undefined): () => A | undefined =>
    service === undefined || question === undefined
      ? nothing
      : () => question(arn, context.stateOf(service, place), place)
  const isRole = parsed?.service === "iam" && parsed.resource.startsWith("role/")
  const keys = ask(authorization?.keysOf)
  return {
    arn,
    prefix: parsed?.service ?? "",
    owner,
    tags: ask(authorization?.tagsOf),
    policy: isRole ? () => trustOf(arn, place.account, context) : ask(authorization?.policyOf),
    holder: parsed?.service === "s3" ? arn.split("/")[0]! : arn,
    isRole,
    hasPolicies: isRole || authorization?.policyOf !== undefined,
    keys: () => keys() ?? {}
  }
}
