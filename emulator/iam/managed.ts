/** AWS managed policies. Their table and their documents are loaded when a request first needs them. */
import * as Effect from "effect/Effect"
import { nameIn, parseArn } from "../support/arn.ts"
import type { Published } from "./managedTable.ts"
import type { PolicyVersion, Tags } from "./state.ts"

/** An AWS managed policy. AWS answers a description too, which isn't here. */
export interface ManagedPolicy extends Published {
  readonly arn: string
  readonly description: undefined
  readonly tags: Tags
}

export const isAwsManaged = (arn: string): boolean => parseArn(arn)?.account === "aws"

const toPolicy = (policy: Published, arn: string): ManagedPolicy => ({
  ...policy,
  arn,
  description: undefined,
  tags: []
})

const table = Effect.map(Effect.promise(() => import("./managedTable.ts")), ({ published }) => published)
const loadDocuments = Effect.promise(() => import("./managedDocuments.ts"))

/**
 * The AWS managed policy with this ARN, if there is one. It loads the documents as well: whoever attaches a policy has them read
 * later, maybe by a call that a test runs in virtual time, which doesn't wait for the file.
 */
export const findManaged = (arn: string): Effect.Effect<ManagedPolicy | undefined> =>
  Effect.map(Effect.andThen(loadDocuments, table), (policies) => {
    const policy = policies.get(arn.slice(arn.indexOf("/")))
    return policy && toPolicy(policy, arn)
  })

/** All AWS managed policies. They are the same in each partition here, though not on AWS. */
export const allManaged = (partition: string): Effect.Effect<ReadonlyArray<ManagedPolicy>> =>
  Effect.map(
    table,
    (policies) => [...policies].map(([key, policy]) => toPolicy(policy, `arn:${partition}:iam::aws:policy${key}`))
  )

/** The documents of AWS managed policies in their default versions, by the policy's ARN. */
export const managedDocuments: Effect.Effect<(arn: string) => string | undefined> = Effect.map(
  loadDocuments,
  ({ managedDocuments: documents }) => (arn) => {
    const { account, partition, resource = "" } = parseArn(arn) ?? {}
    // In other partitions, the documents differ.
    return account === "aws" && partition === "aws" ? documents[nameIn(resource)] : undefined
  }
)

/** The default version of an AWS managed policy, if its document is known here. In other partitions, the documents differ. */
export const managedVersion = (policy: ManagedPolicy): Effect.Effect<PolicyVersion | undefined> =>
  Effect.map(loadDocuments, ({ managedDocuments }) => {
    const document = managedDocuments[policy.name]
    return document === undefined || parseArn(policy.arn)?.partition !== "aws"
      ? undefined
      : { id: policy.default, document: JSON.stringify(JSON.parse(document), undefined, 4), created: policy.updated }
  })

/** Whether a role, a user or a group of a customer can have the policy: those of service-linked roles can't be attached. */
export const isForCustomers = (arn: string): boolean => !arn.includes(":policy/aws-service-role/")
