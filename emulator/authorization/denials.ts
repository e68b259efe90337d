// What was refused, and why.

/** The kinds of policies, as AWS's messages call them. */
export type PolicyType =
  | "identity-based policy"
  | "permissions boundary"
  | "resource-based policy"
  | "role trust policy"
  | "service control policy"
  | "session policy"

/**
 * A policy that was looked at.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolicyReference {
  /** The kind of policy. */
  readonly type: PolicyType
  /** The name of the policy. That of a resource and of a session have none. */
  readonly name?: string | undefined
  /** The ARN of a managed policy, or of a policy of Organizations. */
  readonly arn?: string | undefined
  /** What has the policy: the ARN of a user, a group, a role, a resource or a session, or the id of a part of an organization. */
  readonly of: string
}

/**
 * A call that was refused because of policies.
 *
 * @category models
 * @since 0.1.0
 */
export interface Denial {
  /** When the call arrived, on Effect's Clock. */
  readonly time: Date
  /** The ARN of the caller. */
  readonly principal: string
  /** The action that wasn't allowed, such as `s3:GetObject`. */
  readonly action: string
  /** The ARN of the resource, or `*`. */
  readonly resource: string
  /** The service of the call, by its id in the SDK: `S3`. */
  readonly service: string
  /** The operation of the call: `GetObject`. */
  readonly operation: string
  /** The account of the caller. */
  readonly account: string
  /** The region of the call. */
  readonly region: string
  /** The id of the request, by which `InMemory.calls` has it, too. */
  readonly requestId: string
  /** Whether a statement denies the action, or no policy allows it. */
  readonly why: "explicit deny" | "no policy allows"
  /** The kind of policy that denies it, or in which nothing allows it. */
  readonly in: PolicyType
  /** The statement that denies the action. */
  readonly statement?:
    | {
      readonly policy: PolicyReference
      /** The place of the statement in its policy, from 1. */
      readonly position: number
      readonly text: object
    }
    | undefined
  /** Without such a statement: the policies of this kind, none of which allows the action. */
  readonly policies?: ReadonlyArray<PolicyReference> | undefined
  /** The statements that would allow the action, but for a condition: the first one that doesn't hold. */
  readonly nearly?:
    | ReadonlyArray<{
      readonly policy: PolicyReference
      /** The place of the statement in its policy, from 1. */
      readonly position: number
      readonly text: object
      readonly condition: {
        /** Such as `StringEqualsIfExists`. */
        readonly operator: string
        readonly key: string
        readonly wanted: ReadonlyArray<string>
        /** The values in the call. Empty if the call doesn't have the key. */
        readonly found: ReadonlyArray<string>
      }
    }>
    | undefined
  /** What is probably wrong, if that is known: a role that doesn't exist, or an action that a policy may have mistyped. */
  readonly hint?: string | undefined
  /** The message of AWS's answer. */
  readonly message: string
}
