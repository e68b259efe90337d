// What calls need, as the tables of the services say it.
import type { Need, Place } from "../../../emulator/engine/authorization.ts"
import type { Service } from "../../../emulator/engine/service.ts"

export const place: Place = { account: "123456789012", region: "us-east-1", partition: "aws" }

/** The needs of a call in a state, by default an empty one. */
export const needsOf = <S>(
  { authorization, state: empty }: Service<S>,
  operation: string,
  input: object,
  state: S = empty(),
  where: Place = place
): ReadonlyArray<Need> => authorization!.needs[operation]!(input, where, state)

/** Actions with their resources, in the region and the account of the tests. */
export const shown = (needs: ReadonlyArray<Need>): ReadonlyArray<string> =>
  needs.map(({ action, resource }) =>
    `${action} ${resource.replace(/^arn:aws:(\w+):us-east-1:(123456789012)?:/, "$1 ")}`
  )

/** The values of a condition key in the first need for such a resource. */
export const keyOf = (needs: ReadonlyArray<Need>, resource: string, key: string): ReadonlyArray<string> | undefined =>
  needs.find((need) => need.resource.includes(resource))?.keys?.[key.toLowerCase()]
