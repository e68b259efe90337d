/** What a call needs to be allowed. */

/** Values of condition keys, by the key in lower case: `{ "ec2:instancetype": ["t3.micro"] }`. */
export type ConditionValues = Readonly<Record<string, ReadonlyArray<string>>>

/** A permission that a call needs: an action of IAM on one resource. A call is allowed if each of its needs is. */
export interface Need {
  /** Such as `s3:GetObject`. */
  readonly action: string
  /** An ARN, or `*` for an action that has no resources. What the call creates has `*` in place of its id. */
  readonly resource: string
  /** The values of the condition keys that the service adds: its own keys, and those of tags in the request. */
  readonly keys?: ConditionValues | undefined
  /** Whether the call goes on without it, in part: the handler asks for it itself (`may`), so it is no reason to refuse the call. */
  readonly byHandler?: boolean | undefined
}

/** Where a call acts, and for whom. A call's context is one. */
export interface Place {
  readonly account: string
  readonly region: string
  readonly partition: string
  /** The caller, of whom some calls tell or change something if they name nobody else. */
  readonly principal?: { readonly arn: string } | undefined
  /** The state of another service there, which tells what a name of it means: the role of an instance profile. */
  stateOf?<S>(service: { readonly state: () => S }): S
}

/** What a service says about the permissions of its calls. */
export interface Authorization<S> {
  /** The service in the names of its actions: `es` for OpenSearch. */
  readonly prefix: string
  /**
   * The needs of each operation, by its name. An operation without an entry needs the action of its name, on `*`. The service's state
   * in that place tells what the input only names: the ARN of a secret, the roles of a task definition.
   */
  readonly needs: Readonly<Record<string, (input: object, place: Place, state?: S) => ReadonlyArray<Need>>>
  /** The tags of a resource of this service, for `aws:ResourceTag/…`. `undefined` if the resource has none or isn't there. */
  readonly tagsOf?:
    | ((arn: string, state: S, place: Place) => Readonly<Record<string, string>> | undefined)
    | undefined
  /** The policy of a resource of this service as text. `undefined` if the resource has none. */
  readonly policyOf?: ((arn: string, state: S, place: Place) => string | undefined) | undefined
  /** The values of further condition keys about a resource: `ec2:Vpc`. */
  readonly keysOf?: ((arn: string, state: S, place: Place) => ConditionValues) | undefined
}
