import * as Equal from "effect/Equal"

/**
 * Pagination tokens: output member → input member. The order matters, since S3 echoes the `ContinuationToken` and
 * `KeyMarker` of the request beside the next ones.
 */
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
  // DynamoDB's token is an object.
  [["LastEvaluatedKey", "ExclusiveStartKey"]]
]

// Names that other services may use for a token or instead of one. A failure is better than half of a list.
const looksLikeToken = /^((next|pagination|continuation)\w*(token|marker|key|name|id)|lastEvaluated\w+)$/i
const more = ["IsTruncated", "HasMore", "HasMoreStreams", "HasMoreDeliveryStreams"]

const isToken = (value: unknown): boolean =>
  typeof value === "string" ? value !== "" : typeof value === "object" && value !== null

type Next =
  | { readonly _tag: "Last" }
  | { readonly _tag: "Lost"; readonly why: string }
  | { readonly _tag: "Next"; readonly input: object }

/** The input that requests the next page. */
export const nextInput = (input: object, page: object): Next => {
  const output = page as Readonly<Record<string, unknown>>
  if (output["IsTruncated"] === false) return { _tag: "Last" }
  const members = tokens.find(([[from]]) => isToken(output[from]))
  if (members === undefined) {
    const token = Object.keys(output).find((member) => looksLikeToken.test(member) && isToken(output[member]))
    if (token !== undefined) {
      return {
        _tag: "Lost",
        why: `the response has a \`${token}\`, and this library doesn't know how to request the next page with it`
      }
    }
    return more.some((member) => output[member] === true)
      ? { _tag: "Lost", why: "the response says that there are more pages but has no pagination token" }
      : { _tag: "Last" }
  }
  const requested = input as Readonly<Record<string, unknown>>
  const used = members.filter(([from, to]) => output[from] !== undefined || requested[to] !== undefined)
  if (used.every(([from, to]) => Equal.equals(output[from], requested[to]))) {
    return { _tag: "Lost", why: "the pagination token of the response is the one that requested this page" }
  }
  return { _tag: "Next", input: { ...input, ...Object.fromEntries(used.map(([from, to]) => [to, output[from]])) } }
}
