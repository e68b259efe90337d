/** The commands for the tags of tables. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Dynamo from "./state.ts"
import { validation } from "./values.ts"

export const tagRules = {
  members: { Key: { required: true, min: 1, max: 128 }, Value: { required: true, max: 256 } }
} as const

/** The tags of a table with others. A new tag replaces the one with the same key. */
export const addTags = (before: ReadonlyArray<sdk.Tag>, added: ReadonlyArray<sdk.Tag>): ReadonlyArray<sdk.Tag> => {
  const more = added.map((tag) => ({ ...tag }))
  const keys = more.map(({ Key }) => Key)
  if (keys.some((key) => key?.startsWith("aws:") === true)) {
    throw validation("One or more parameter values were invalid: Tag keys that begin with aws: are reserved for AWS")
  }
  if (new Set(keys).size < keys.length) {
    throw validation("One or more parameter values were invalid: Duplicate tag keys are not allowed")
  }
  const all = [...new Map([...before, ...more].map((tag) => [tag.Key, tag])).values()]
  if (all.length > 50) throw validation("One or more parameter values were invalid: Too many tags: a table can have 50")
  return all
}

const ResourceArn = { required: true, min: 1, max: 1283 } as const

const tableOf = (arn: string, request: Dynamo.Request): Dynamo.Table => {
  const table = [...Dynamo.tablesOf(request).values()].find((one) => one.arn === arn)
  if (table === undefined) throw Dynamo.notFound(`Requested resource not found: ResourcArn: ${arn} not found`)
  return table
}

export const tableTags: Dynamo.DynamoHandlers = {
  TagResource: Dynamo.handler(
    { ResourceArn, Tags: { required: true, ...tagRules } },
    (input: sdk.TagResourceCommandInput, request) => {
      const table = tableOf(input.ResourceArn!, request)
      table.tags = addTags(table.tags, input.Tags!)
      return {}
    }
  ),

  UntagResource: Dynamo.handler(
    { ResourceArn, TagKeys: { required: true } },
    (input: sdk.UntagResourceCommandInput, request) => {
      const table = tableOf(input.ResourceArn!, request)
      table.tags = table.tags.filter(({ Key }) => !input.TagKeys!.includes(Key!))
      return {}
    }
  ),

  ListTagsOfResource: Dynamo.handler({ ResourceArn }, (input: sdk.ListTagsOfResourceCommandInput, request) => {
    const { tags } = tableOf(input.ResourceArn!, request)
    // AWS answers ten tags in a page.
    const size = Math.min(10, request.context.pageSize ?? 10)
    const start = input.NextToken === undefined ? 0 : tags.findIndex(({ Key }) => Key === input.NextToken) + 1
    if (input.NextToken !== undefined && start === 0) throw validation("Invalid NextToken")
    const page = tags.slice(start, start + size)
    return { Tags: [...page], NextToken: start + size < tags.length ? page.at(-1)?.Key : undefined }
  })
}
