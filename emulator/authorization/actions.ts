// Which permissions a call needs.
import type { Need, Place } from "../engine/authorization.ts"
import type { Service } from "../engine/service.ts"

/** The services in the names of actions that aren't the service's id in lower case without spaces. */
const prefixes: Readonly<Record<string, string>> = {
  "API Gateway": "apigateway",
  "Cognito Identity Provider": "cognito-idp",
  "CloudWatch Logs": "logs",
  "EventBridge": "events",
  "Elastic Load Balancing v2": "elasticloadbalancing",
  "Elastic Load Balancing": "elasticloadbalancing",
  "OpenSearch": "es",
  "Resource Groups Tagging API": "tag",
  "SESv2": "ses",
  "SFN": "states"
}

const prefixOf = (serviceId: string): string => prefixes[serviceId] ?? serviceId.toLowerCase().replaceAll(" ", "")

/** Calls that any caller may make, and that no policy can deny. AWS checks the others of STS by the role, or by the caller itself. */
const free: ReadonlySet<string> = new Set([
  "STS GetCallerIdentity",
  "STS GetSessionToken",
  "STS AssumeRoleWithSAML",
  "STS AssumeRoleWithWebIdentity"
])

const assume = ({ RoleArn = "*", SourceIdentity, Tags = [] }: {
  readonly RoleArn?: string
  readonly SourceIdentity?: string
  readonly Tags?: ReadonlyArray<unknown>
}): ReadonlyArray<Need> =>
  [
    "sts:AssumeRole",
    ...(Tags.length > 0 ? ["sts:TagSession"] : []),
    ...(SourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"])
  ].map((action) => ({ action, resource: RoleArn }))

export interface Called {
  readonly serviceId: string
  readonly operation: string
  readonly input: object
}

/** Finds the state of a service in the place of the call. */
type StateOf = <S>(service: Service<S>) => S

/** The permissions that a call needs. A service without a table needs the action of the operation's name, on `*`. */
export const needsOf = (
  service: Service<any> | undefined,
  { input, operation, serviceId }: Called,
  place: Place,
  stateOf: StateOf
): ReadonlyArray<Need> => {
  if (free.has(`${serviceId} ${operation}`)) return []
  const { needs = {}, prefix = prefixOf(serviceId) } = service?.authorization ?? {}
  return service !== undefined && Object.hasOwn(needs, operation)
    ? needs[operation]!(input, place, stateOf(service))
    : serviceId === "STS" && operation === "AssumeRole"
    ? assume(input)
    : [{ action: `${prefix}:${operation}`, resource: "*" }]
}
