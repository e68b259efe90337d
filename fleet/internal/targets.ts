// The accounts and regions of a fleet, and the roles that lead to them.
import * as Result from "effect/Result"
import { InvalidTarget } from "../../errors/internal/fleetErrors.ts"
import { summarize } from "../../errors/internal/tagged.ts"
import { shown } from "../../errors/internal/words.ts"
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
    /** A target has `regions`, a list. It would run in all regions of the fleet if `region` were let pass. */
    readonly region?: undefined
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
  /** The id of the account. */
  readonly account: string
  /** The name of the region. */
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

/**
 * A place, and the role to assume there: `undefined` for the fleet's own credentials.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resolved {
  /** The id of the account. */
  readonly account: string
  /** The name of the region. */
  readonly region: string
  /** The ARN of the role to assume; `undefined` for the fleet's own credentials. */
  readonly roleArn: string | undefined
}

/**
 * A malformed target, or one region of it, and why it can't be used. `account` and `region` are empty if it has none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unusable {
  /** The id of the account, or `""`. */
  readonly account: string
  /** The name of the region, or `""`. */
  readonly region: string
  /** What is wrong with the target. */
  readonly error: InvalidTarget
}

// AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html has the characters of a path and of a name.
const roleArns = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/

/** The account of a role, if it's the ARN of one. */
export const accountOf = (roleArn: string): string | undefined => roleArns.exec(roleArn)?.[1]

/** A region that has hosts. `*` is for signatures only. */
export const isRealRegion = (region: unknown): region is string =>
  typeof region === "string" && region !== "*" && isRegion(region)

/** The partitions, by how the names of their regions begin. All other regions are in `aws`. The SDK's own table is the judge. */
const partitions = {
  "cn-": "aws-cn",
  "eu-isoe-": "aws-iso-e",
  "eusc-": "aws-eusc",
  "us-gov-": "aws-us-gov",
  "us-iso-": "aws-iso",
  "us-isob-": "aws-iso-b",
  "us-isof-": "aws-iso-f"
}

const known = new Set([...Object.values(partitions), "aws"])

export const partitionOf = (region: string): string =>
  Object.entries(partitions).find(([start]) => region.startsWith(start))?.[1] ?? "aws"

const arnOf = (pattern: string, account: string, region: string): string => {
  const role = pattern.replaceAll("{account}", account)
  return role.startsWith("arn:")
    ? role
    : `arn:${partitionOf(region)}:iam::${account}:role/${role.replace(/^\//, "")}`
}

/** Whether it's the end of an ARN. As a path and a name, it would lead to `role/role/audit`. */
const isEndOfArn = (role: unknown): boolean => typeof role === "string" && role.startsWith("role/")

/** What a role has to be, if this is none. */
export const roleProblem = (role: unknown): string | undefined => {
  if (isEndOfArn(role)) return "without `role/`, which an ARN has before the path and the name: audit, or team/audit"
  return role === undefined || typeof role === "function" ||
      (typeof role === "string" && accountOf(arnOf(role, "123456789012", "us-east-1")) !== undefined)
    ? undefined
    : "the name of a role (audit), a path and a name (team/audit), the ARN of a role " +
      "(arn:aws:iam::{account}:role/audit), or a function that returns one of them"
}

/** What was thrown, in an error. */
const thrown = (cause: unknown): string => {
  const { message, name } = summarize(cause)
  return `threw ${name}: ${message}`
}

/** What the fleet says about the role of an account. */
const patternOf = (role: RolePattern | undefined, account: string): Result.Result<unknown, string> => {
  if (role === undefined) {
    return Result.fail("The fleet has no `role` that leads to it. Give the target a `roleArn`, or the fleet a `role`.")
  }
  try {
    return Result.succeed(typeof role === "function" ? role(account) : role)
  } catch (cause) {
    return Result.fail(`The fleet's \`role\` function ${thrown(cause)}`)
  }
}

/** The role that leads to an account, or what is wrong with it. */
const roleOf = (pattern: unknown, account: string, region: string): Result.Result<string | undefined, string> => {
  if (pattern === undefined) return Result.succeed(undefined)
  if (isEndOfArn(pattern)) {
    return Result.fail(
      `The fleet's \`role\` is ${JSON.stringify(pattern)} here. Leave out the \`role/\` before the name.`
    )
  }
  const roleArn = typeof pattern === "string" ? arnOf(pattern, account, region) : shown(pattern)
  if (accountOf(roleArn) !== account) {
    return Result.fail(
      `The fleet's \`role\` leads to ${JSON.stringify(roleArn)}, which isn't the ARN of a role in this account`
    )
  }
  const [, partition = ""] = roleArn.split(":")
  // A partition that is newer than the table may have regions of any name.
  return partition === partitionOf(region) || !known.has(partition) ? Result.succeed(roleArn) : Result.fail(
    `The role ${roleArn} is in the partition ${partition}, and ${region} is in ${partitionOf(region)}. ` +
      "No session of one partition works in another: name regions of the role's own."
  )
}

interface Defaults {
  readonly role: RolePattern | undefined
  readonly regions: ReadonlyArray<string>
}

const placesOf = (target: unknown, fleet: Defaults): ReadonlyArray<Result.Result<Resolved, Unusable>> => {
  const { account: givenAccount, region, regions = fleet.regions, roleArn: givenRole } = Object(target) as Record<
    string,
    unknown
  >
  const given = shown(givenRole ?? givenAccount ?? target)
  const invalid = (account: string, region: string, description: string) =>
    Result.fail({ account, region, error: new InvalidTarget({ target: given, description }) })

  if (givenRole !== undefined && givenAccount !== undefined) {
    return [invalid("", "", "It has to have either an `account` or a `roleArn`, and has both.")]
  }
  if (givenRole === undefined && givenAccount === undefined) {
    return [invalid("", "", "It has to have an `account`, or a `roleArn`.")]
  }
  const account = givenRole === undefined ? givenAccount : accountOf(shown(givenRole))
  if (account === undefined) {
    return [invalid("", "", "Its `roleArn` has to be the ARN of a role, such as arn:aws:iam::123456789012:role/audit.")]
  }
  if (typeof account !== "string" || !/^\d{12}$/.test(account)) {
    const description = typeof account === "number"
      ? "Its account is a number, which loses leading zeros. Write it in quotes, as a text of 12 digits: \"012345678901\"."
      : "The id of an account is a text of 12 digits, such as \"012345678901\"."
    return [invalid("", "", description)]
  }
  if (region !== undefined) {
    const list = `\`regions: ${JSON.stringify([shown(region)])}\``
    return [
      invalid(account, shown(region), `It has a \`region\`, and would run in all its \`regions\`. Write ${list}.`)
    ]
  }
  if (!Array.isArray(regions)) return [invalid(account, "", "Its `regions` have to be a list.")]
  if (regions.length === 0) return [invalid(account, "", "It has no regions.")]
  // Asked once per target. A role that is given as it is has been checked.
  const pattern = givenRole === undefined ? patternOf(fleet.role, account) : Result.succeed(givenRole)
  // A list may have holes, which `map` leaves out.
  return Array.from(regions as ReadonlyArray<unknown>, (region) => {
    if (!isRealRegion(region)) {
      return invalid(account, shown(region), `${shown(region)} isn't the name of a region, such as eu-central-1.`)
    }
    const role = Result.flatMap(pattern, (pattern) => roleOf(pattern, account, region))
    return Result.isFailure(role)
      ? invalid(account, region, role.failure)
      : Result.succeed({ account, region, roleArn: role.success })
  })
}

/** The places of a target, or why it has none. It takes anything: a list of targets may come from a file. */
export const resolve = (target: unknown, fleet: Defaults): ReadonlyArray<Result.Result<Resolved, Unusable>> => {
  try {
    return placesOf(target, fleet)
  } catch (cause) {
    // A getter or a proxy of the target.
    const description = `It ${thrown(cause)}`
    return [Result.fail({ account: "", region: "", error: new InvalidTarget({ target: shown(target), description }) })]
  }
}
