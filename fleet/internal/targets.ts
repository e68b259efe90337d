// The accounts and regions of a fleet, and the roles that lead to them.
import * as Result from "effect/Result"
import { InvalidTarget } from "../../errors/internal/fleetErrors.ts"
import { isRegion } from "../../src/internal/region.ts"

/**
 * One account, or one role, and the regions to work in. It may have further members, such as a name: they come back with each
 * outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type Target =
  & {
    /** By default the `regions` of the fleet. */
    readonly regions?: ReadonlyArray<string> | undefined
  }
  & ({
    /** The id of the account: 12 digits. The fleet's `role` leads to it. */
    readonly account: string
    readonly roleArn?: undefined
  } | {
    /** The role to assume: `arn:aws:iam::123456789012:role/audit`. Its account is the target. */
    readonly roleArn: string
    readonly account?: undefined
  })

/**
 * An account and a region, where an effect runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Place<T extends Target = Target> {
  readonly account: string
  readonly region: string
  /** The target that it belongs to, as it was given. */
  readonly target: T
}

/**
 * The role that leads to an account: a name, a path and a name (`team/audit`), or an ARN. `{account}` in it stands for the
 * account's id. A function gives each account a role of its own, or none: then the fleet's own credentials are used, which
 * have to belong to that account.
 *
 * @category models
 * @since 0.1.0
 */
export type RolePattern = string | ((account: string) => string | undefined)

/** A place, and the role to assume there: `undefined` for the fleet's own credentials. */
export interface Resolved {
  readonly account: string
  readonly region: string
  readonly roleArn: string | undefined
}

const arn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/([\w+=,.@/-]+)$/

const partitionOf = (region: string): string => {
  const prefixes = { "cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b" }
  return Object.entries(prefixes).find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws"
}

/** The places of a target, or why it has none. */
export const resolve = (
  target: Target,
  fleet: { readonly role: RolePattern; readonly regions: ReadonlyArray<string> }
): ReadonlyArray<
  Result.Result<Resolved, { readonly account: string; readonly region: string; readonly error: InvalidTarget }>
> => {
  const given = target.roleArn ?? target.account ?? ""
  const regions = target.regions ?? fleet.regions
  const invalid = (region: string, description: string, account = "") =>
    Result.fail({ account, region, error: new InvalidTarget({ target: String(given), description }) })
  const account = target.roleArn === undefined ? target.account : arn.exec(target.roleArn)?.[2]
  if (account === undefined) {
    return [invalid("", "Its roleArn has to be the ARN of a role, such as arn:aws:iam::123456789012:role/audit.")]
  }
  if (!/^\d{12}$/.test(account)) return [invalid("", "The id of an account has 12 digits.")]
  if (regions.length === 0) return [invalid("", "It has no regions.", account)]
  return regions.map((region) => {
    if (!isRegion(region)) return invalid(region, `${JSON.stringify(region)} isn't the name of a region.`, account)
    if (target.roleArn !== undefined) return Result.succeed({ account, region, roleArn: target.roleArn })
    const pattern = typeof fleet.role === "function" ? fleet.role(account) : fleet.role
    if (pattern === undefined) return Result.succeed({ account, region, roleArn: undefined })
    const role = pattern.replaceAll("{account}", account)
    const roleArn = role.startsWith("arn:")
      ? role
      : `arn:${partitionOf(region)}:iam::${account}:role/${role.replace(/^\//, "")}`
    return arn.exec(roleArn)?.[2] === account
      ? Result.succeed({ account, region, roleArn })
      : invalid(
        region,
        `The role of the fleet, ${JSON.stringify(roleArn)}, has to be the ARN of a role of this account.`,
        account
      )
  })
}
