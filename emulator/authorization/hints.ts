// What probably has to change for a permission that no policy allows: a role that isn't there, a mistyped action, a condition.
import { type Condition, holds } from "../support/policyConditions.ts"
import { matchesOf, type PolicyRequest, type Source } from "../support/policyEvaluation.ts"
import type { Denial, PolicyReference } from "./denials.ts"

type Sources = ReadonlyArray<Source<PolicyReference>>

const operatorOf = ({ ifExists, operator, quantifier }: Condition): string =>
  `${quantifier === undefined ? "" : `${quantifier}:`}${operator}${ifExists ? "IfExists" : ""}`

/** The statements that would allow a request, but for a condition. */
const nearlyOf = (sources: Sources, request: PolicyRequest): NonNullable<Denial["nearly"]> =>
  sources.flatMap(({ policy, source }) =>
    policy.statements.flatMap((statement, i) => {
      if (!statement.isAllowed || statement.conditions.length === 0) return []
      const statements = [{ ...statement, conditions: [] }]
      if (matchesOf([{ policy: { ...policy, statements }, source }], request).length === 0) return []
      const valueOf = (key: string) => {
        const values = request.valuesOf(key)
        return values?.length === 1 ? values[0] : undefined
      }
      // The decision ended at this one, too: a later condition may be about a key that nothing here knows.
      const condition = statement.conditions.find((one) =>
        !holds(one, request.valuesOf, policy.hasVariables ? valueOf : undefined)
      )
      return condition === undefined ? [] : [{
        policy: source,
        position: i + 1,
        text: statement.json ?? {},
        condition: {
          operator: operatorOf(condition),
          key: condition.key,
          wanted: condition.values,
          found: request.valuesOf(condition.key) ?? []
        }
      }]
    })
  )

/** How many letters have to be put in, left out or replaced to make one text of another. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[other.length]!
}

/** The most letters in which a mistyped action differs. */
const CLOSE = 2

/** The first letter of an action. Few mistype it, and `PutParameter` isn't a mistyped `GetParameter`. */
const initialOf = (action: string): string | undefined => action.split(":")[1]?.[0]

/** The actions in these policies that are nearly the one of a request: a mistyped one, or `ssm:GetParameters`. */
const similarOf = (sources: Sources, action: string): ReadonlyArray<string> => {
  const wanted = action.toLowerCase()
  const named = sources.flatMap(({ policy }) =>
    policy.statements.flatMap(({ actions, isAllowed, isNotAction }) => isAllowed && !isNotAction ? actions : [])
  )
  return [...new Set(named)].filter((one) => {
    const name = one.toLowerCase()
    return name !== wanted && initialOf(name) === initialOf(wanted) && !/[*?]/.test(name) &&
      Math.abs(name.length - wanted.length) <= CLOSE &&
      distance(name, wanted) <= CLOSE
  })
}

/** What these policies say of a request that none of them allows, or that is about a role that isn't there. */
export const hintsOf = (
  sources: Sources,
  request: PolicyRequest,
  hasNoRole: boolean
): Pick<Denial, "hint" | "nearly"> => {
  const nearly = nearlyOf(sources, request)
  const similar = similarOf(sources, request.action)
  const hint = hasNoRole
    ? `There is no role ${request.resource}.`
    : similar.length > 0
    ? `A policy allows ${similar.join(", ")}, which isn't ${request.action}.`
    : undefined
  return { ...(nearly.length > 0 && { nearly }), ...(hint !== undefined && { hint }) }
}
