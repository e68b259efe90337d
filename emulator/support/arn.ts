// ARNs in requests. `context.arn` makes those in answers.

export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  /** All that follows the account: `cluster/web`, `policy/team/read`. */
  readonly resource: string
}

/** The parts of an ARN; `undefined` for any other text. */
export const parseArn = (text: string): Arn | undefined => {
  const [arn, partition = "", service = "", region = "", account = "", ...resource] = text.split(":")
  return arn === "arn" && resource.length > 0 && partition.startsWith("aws") && service !== ""
    ? { partition, service, region, account, resource: resource.join(":") }
    : undefined
}

/** The name at the end of an ARN, or of another text with slashes: `…:cluster/web` → `web`. A text without a slash is a name. */
export const nameIn = (text: string): string => text.slice(text.lastIndexOf("/") + 1)
