/** The commands of the accounts that a document is shared with. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { documentName } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import * as Ssm from "./state.ts"

/** How many accounts a document may be shared with. */
const MOST_SHARED = 1000

const permission = { PermissionType: { required: true, enum: ["Share"] } } as const

export const documentSharing: Ssm.SsmHandlers = {
  DescribeDocumentPermission: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      ...permission,
      MaxResults: { min: 1, max: 200 }
    })
    // The only type of permission, which the rules have checked, is Share.
    const { Name, PermissionType: _ } = checked
    const { shared, sharedVersions = {} } = yield* Documents.findOwn(state, Name)
    const [accounts, token] = yield* Ssm.page(context, shared, input, 200, (account) => account)
    return {
      AccountIds: [...accounts],
      AccountSharingInfoList: accounts.map((AccountId) => ({
        AccountId,
        SharedDocumentVersion: sharedVersions[AccountId] ?? "$DEFAULT"
      })),
      NextToken: token
    }
  }),

  ModifyDocumentPermission: Effect.fnUntraced(function*(input, state) {
    const accounts = { max: 20, each: { pattern: "(?:[aA][lL][lL]|[0-9]{12})" } } as const
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      ...permission,
      AccountIdsToAdd: accounts,
      AccountIdsToRemove: accounts,
      SharedDocumentVersion: { max: 8, pattern: "([$]LATEST|[$]DEFAULT|[$]ALL)" }
    })
    const { Name, PermissionType: _ } = checked
    const document = yield* Documents.findOwn(state, Name)
    const named = (ids: ReadonlyArray<string> = []) => ids.map((id) => /^all$/i.test(id) ? "all" : id)
    const gone = named(checked.AccountIdsToRemove)
    const added = named(checked.AccountIdsToAdd)
    const shared = [...new Set([...document.shared, ...added])].filter((id) => !gone.includes(id))
    if (shared.length > MOST_SHARED) {
      return yield* new Fault({
        code: "DocumentPermissionLimit",
        message: `The document can't be shared with more than ${MOST_SHARED} accounts.`
      })
    }
    const version = checked.SharedDocumentVersion ?? "$DEFAULT"
    const versions = { ...document.sharedVersions, ...Object.fromEntries(added.map((id) => [id, version])) }
    document.sharedVersions = Object.fromEntries(Object.entries(versions).filter(([id]) => shared.includes(id)))
    document.shared = shared
    return {}
  })
}
