/** Events that services of AWS emit, and what is delivered and done because of them. */
import type { Fault } from "../wire/fault.ts"

/** An event as a service emits it. EventBridge adds the rest. */
export interface Emitted {
  /** Such as `aws.ec2`. */
  readonly source: string
  readonly detailType: string
  /** ARNs. */
  readonly resources?: ReadonlyArray<string> | undefined
  readonly detail: object
}

/** A call that AWS itself makes. */
export interface Action {
  /** The service's id in the SDK's client: `EC2`. */
  readonly serviceId: string
  readonly operation: string
  readonly input: object
  /** Called when it has ended, with the error if it failed. */
  readonly done?: ((fault: Fault | undefined) => void) | undefined
}

/**
 * Something that AWS delivered to a target outside the in-memory AWS: a function, a queue, a topic, a stream …
 *
 * @category models
 * @since 0.1.0
 */
export interface Delivery {
  /** When it was delivered, on Effect's Clock. */
  readonly time: Date
  /** The ARN of what sent it: a rule, an alarm or a bucket. */
  readonly from: string
  /** The ARN of the target. */
  readonly target: string
  /** The account in which it was sent. */
  readonly account: string
  /** The region in which it was sent. */
  readonly region: string
  /** What the target receives. It is parsed if it is JSON. */
  readonly input: unknown
  /** What the target has beside its ARN: its id in the rule, the role, the message group of a queue … */
  readonly settings?: object | undefined
}
