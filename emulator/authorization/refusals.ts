// AWS's answers to calls that policies don't allow.
import type { ConditionValues } from "../engine/authorization.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { encodeMessage } from "../support/authorizationMessages.ts"
import type { Statement } from "../support/policyDocuments.ts"
import type { PolicyType } from "./denials.ts"

/** What was refused, and why. */
export interface Refusal {
  readonly action: string
  readonly resource: string
  readonly isExplicit: boolean
  readonly in: PolicyType
  /** The ARN of the policy that denies the action, if it has one. */
  readonly arn: string | undefined
  /** The statement that denies the action. */
  readonly statement: Statement | undefined
  /** The condition keys that the service adds. */
  readonly keys: ConditionValues
  /** Whether the resource belongs to another account. */
  readonly isCrossAccount: boolean
}

const why = ({ action, arn, in: type, isExplicit }: Refusal): string => {
  if (type === "role trust policy") return isExplicit ? " with an explicit deny in the role trust policy" : ""
  const article = type === "identity-based policy" ? "an" : "a"
  return isExplicit
    ? ` with an explicit deny in ${article} ${type}${arn === undefined ? "" : `: ${arn}`}`
    : ` because no ${type} allows the ${action} action`
}

/** The services whose messages have no resource for an action without one. */
const withoutResource: ReadonlySet<string> = new Set([
  "acm",
  "cloudwatch",
  "ec2",
  "s3",
  "secretsmanager"
])

/** What messages of IAM call a resource of an action that doesn't create it: `role build`. */
const iamName = (action: string, arn: string): string => {
  const { resource = "" } = parseArn(arn) ?? {}
  const kind = resource.split("/")[0]!
  if (
    /^iam:(?:Create(?!AccessKey|LoginProfile|PolicyVersion)|List(?:Users|Roles|Groups|Policies|InstanceProfiles)$|PassRole)/
      .test(action)
  ) {
    return arn
  }
  if (kind === "policy") return `policy ${arn}`
  return /^(?:user|role|group|instance-profile)$/.test(kind) && resource !== kind
    ? `${kind.replace("-", " ")} ${nameIn(resource)}`
    : arn
}

const resourceIn = ({ action, resource }: Refusal, { account, arn }: HandlerContext): string | undefined => {
  const service = action.slice(0, action.indexOf(":"))
  if (resource === "*") {
    if (withoutResource.has(service)) return undefined
    return service === "ssm" ? arn("ssm", "*") : service === "dynamodb" ? arn("dynamodb", "table/*", { account }) : "*"
  }
  return service === "s3" ? `"${resource}"` : service === "iam" ? iamName(action, resource) : resource
}

const sentence = (refusal: Refusal, context: HandlerContext): string => {
  const resource = resourceIn(refusal, context)
  return `User: ${context.principal.arn} is not authorized to perform: ${refusal.action}` +
    (resource === undefined ? "" : ` on resource: ${resource}`) + why(refusal)
}

const items = (values: ReadonlyArray<unknown>) => ({ items: values })
const valuesOf = (values: ReadonlyArray<string>) => items(values.map((value) => ({ value })))

/** What a refusal of EC2 says in its encoded message. */
const details = ({ action, isExplicit, keys, resource, statement }: Refusal, { principal }: HandlerContext) => ({
  allowed: false,
  explicitDeny: isExplicit,
  matchedStatements: items(
    statement === undefined ? [] : [{
      statementId: statement.json !== undefined && "Sid" in statement.json ? statement.json.Sid : "",
      effect: "DENY",
      principals: valuesOf([principal.userId]),
      principalGroups: items([]),
      actions: valuesOf(statement.actions),
      resources: valuesOf(statement.resources),
      conditions: items(statement.conditions.map(({ key, values }) => ({ key, values: valuesOf(values) })))
    }]
  ),
  failures: items([]),
  context: {
    principal: { id: principal.userId, arn: principal.arn },
    action,
    resource,
    conditions: items(Object.entries(keys).map(([key, values]) => ({ key, values: valuesOf(values) })))
  }
})

/** The error of a service for a call that policies don't allow. */
export const refusalOf = (serviceId: string, refusal: Refusal, context: HandlerContext): Fault => {
  const message = sentence(refusal, context)
  const { headers, method, path } = context.request
  if (serviceId === "S3") {
    // Details are for callers of the bucket's own account only.
    return new Fault({
      code: "AccessDenied",
      message: refusal.isCrossAccount ? "Access Denied" : message,
      statusCode: 403
    })
  }
  if (serviceId === "EC2") {
    return new Fault({
      code: "UnauthorizedOperation",
      // A refusal of an action without resources has no encoded message.
      message: `You are not authorized to perform this operation. ${message}` +
        (refusal.resource === "*"
          ? ""
          : `. Encoded authorization failure message: ${encodeMessage(details(refusal, context))}`),
      statusCode: 403
    })
  }
  if (serviceId === "Organizations") {
    return new Fault({
      code: "AccessDeniedException",
      message: "You don't have permissions to access this resource."
    })
  }
  if (serviceId === "SNS") return new Fault({ code: "AuthorizationError", message, statusCode: 403 })
  const isQuery = /^(?:CloudWatch|IAM|SQS|STS)$/.test(serviceId) ||
    headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true
  if (isQuery) return new Fault({ code: "AccessDenied", message, statusCode: 403 })
  // Services with paths answer 403, and those with one path and JSON 400.
  const hasPaths = method !== "POST" || path !== "/"
  return new Fault({ code: "AccessDeniedException", message, statusCode: hasPaths ? 403 : 400 })
}

/** The codes of services for callers who may not do something. */
export const isDenial = /^(?:AccessDenied(?:Exception)?|AuthorizationError|UnauthorizedOperation)$/

/** What messages of services say of a permission, and most of them of its resource. */
export const unauthorized = /[Nn]ot authorized to perform:? ([\w-]+:\w+)(?: on resource: "?([^\s"]+))?/
