import * as Equal from "effect/Equal"

/** Output member → input member, in the order to look: S3 echoes `ContinuationToken` and `KeyMarker` beside the next ones. */
const tokens: ReadonlyArray<
  readonly [readonly [output: string, input: string], ...ReadonlyArray<readonly [string, string]>]
> = [
  [["NextContinuationToken", "ContinuationToken"]],
  [["NextToken", "NextToken"]],
  [["nextToken", "nextToken"]],
  [["NextPartNumberMarker", "PartNumberMarker"]],
  [["NextKeyMarker", "KeyMarker"], ["NextVersionIdMarker", "VersionIdMarker"], [
    "NextUploadIdMarker",
    "UploadIdMarker"
  ]],
  [["NextMarker", "Marker"]],
  [["nextMarker", "marker"]],
  [["PaginationToken", "PaginationToken"]],
  [["position", "position"]],
  [["Marker", "Marker"]],
  [["ContinuationToken", "ContinuationToken"]],
  // DynamoDB's, which is an object.
  [["LastEvaluatedKey", "ExclusiveStartKey"]]
]

// What services that have no module here may call a token, or say in place of one: better no page than half of them.
const looksLikeToken = /^((next|pagination|continuation)\w*(token|marker|key|name|id)|lastEvaluated\w+)$/i
const more = ["IsTruncated", "HasMore", "HasMoreStreams", "HasMoreDeliveryStreams"]

const isToken = (value: unknown): boolean =>
  typeof value === "string" ? value !== "" : typeof value === "object" && value !== null

type Next =
  | { readonly _tag: "Last" }
  | { readonly _tag: "Lost"; readonly why: string }
  | { readonly _tag: "Next"; readonly input: object }

/** The input that asks for the page after this one. */
export const nextInput = (input: object, page: object): Next => {
  const output = page as Readonly<Record<string, unknown>>
  if (output["IsTruncated"] === false) return { _tag: "Last" }
  const members = tokens.find(([[from]]) => isToken(output[from]))
  if (members === undefined) {
    const token = Object.keys(output).find((member) => looksLikeToken.test(member) && isToken(output[member]))
    if (token !== undefined) {
      return {
        _tag: "Lost",
        why: `the answer has a \`${token}\`, and it is not known how to ask for the page after it`
      }
    }
    return more.some((member) => output[member] === true)
      ? { _tag: "Lost", why: "the answer says that there are more pages, and gives no token for the next" }
      : { _tag: "Last" }
  }
  const asked = input as Readonly<Record<string, unknown>>
  const used = members.filter(([from, to]) => output[from] !== undefined || asked[to] !== undefined)
  if (used.every(([from, to]) => Equal.equals(output[from], asked[to]))) {
    return { _tag: "Lost", why: "the answer's token for the next page is the one that this page was asked for with" }
  }
  return { _tag: "Next", input: { ...input, ...Object.fromEntries(used.map(([from, to]) => [to, output[from]])) } }
}
