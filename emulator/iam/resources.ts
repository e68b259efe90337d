/** The resources that a policy names. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"

const iamPaths = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/"
]

/** Whether a resource of IAM has the path of a kind that IAM has. A wildcard or a variable may stand for the kind. */
const isIamPath = (path: string): boolean =>
  iamPaths.some((start) => path.startsWith(start)) || /[*?$]/.test(path.split("/")[0]!)

/** What is wrong with a resource, in AWS's words. */
const wrongIn = (resource: string, own: string): string | undefined => {
  if (resource === "*") return undefined
  const [, partition, service, , , ...rest] = resource.split(":")
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`
  if (partition !== "*" && partition !== own) {
    const parts = resource.split(":").slice(2)
    const [first = "*", second = "*", third = "*"] = parts.length === 1 && parts[0] === "" ? [] : parts
    const last = parts.length > 3 ? parts.slice(3).join(":") : "*"
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${first}:${second}:${third}:${last}".`
  }
  if (service === undefined) return "Resource vendor must be fully qualified and cannot contain regexes."
  const path = rest.join(":")
  const hasRegion = !resource.split(":").slice(3).join(":").startsWith(":")
  if (service === "iam" && hasRegion) return `IAM resource ${resource} cannot contain region information.`
  if (service === "s3" && hasRegion && !path.startsWith("accesspoint/")) {
    return `Resource ${resource} can not contain region information.`
  }
  return service === "iam" && !isIamPath(path)
    ? `IAM resource path must either be "*" or start with ${iamPaths.join(", ")}.`
    : undefined
}

/** Whether AWS's older parser reads a resource. */
const isLegacy = (resource: string): boolean => {
  const parts = resource.split(":")
  return resource === "*" || ((parts.length > 5 || !resource.includes("::")) && (parts[2] ?? "") !== "")
}

/**
 * Checks the resources of each statement. Fails with `legacy` if AWS's older parser can't read one, and succeeds with AWS's words for
 * what is wrong otherwise, because AWS makes other checks before it says so.
 */
export const checkResources = Effect.fnUntraced(function*(
  lists: ReadonlyArray<ReadonlyArray<string>>,
  partition: string,
  legacy: Fault
): Effect.fn.Return<string | undefined, Fault> {
  let wrong: string | undefined
  for (const resources of lists) {
    for (const resource of resources.toSorted().toReversed()) wrong = wrongIn(resource, partition) ?? wrong
    if (wrong === undefined && !resources.every(isLegacy)) return yield* legacy
  }
  return wrong
})
