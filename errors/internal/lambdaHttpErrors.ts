import { TaggedError } from "./tagged.ts"
import { numeral } from "./words.ts"

export class EventNotHttp extends TaggedError("EventNotHttp")<{
  /** The keys at the top of the event, which tell what sent it. Never its values. */
  readonly keys: ReadonlyArray<string>
  /** What is wrong with the event. */
  readonly issue: string
}> {
  override get message(): string {
    const { issue, keys } = this
    return `The event is not an HTTP request: ${issue}. LambdaHttp knows the events of API Gateway ` +
      "(HTTP APIs with payload format 2.0 or 1.0, REST APIs), of function URLs and of Application Load Balancers. " +
      (keys.length === 0 ? "The event has no keys." : `The event has the keys: ${keys.join(", ")}.`) +
      " Invoke the function from one of these, or handle the event with another handler."
  }
}

export class ResponseTooLarge extends TaggedError("ResponseTooLarge")<{
  /** The bytes that the answer has at least. */
  readonly size: number
  /** The bytes that Lambda lets through. */
  readonly limit: number
}> {
  override get message(): string {
    return `The response makes an answer of at least ${numeral(this.size)} bytes, and Lambda sends at most ` +
      `${numeral(this.limit)}. A body that is sent as base64 takes a third more. Send less, for example a link to ` +
      "an S3 object, or stream the response with LambdaHttp.streamHandler."
  }
}

export class ResponseNotSendable extends TaggedError("ResponseNotSendable")<{
  /** What is wrong with the response. */
  readonly issue: string
}> {
  override get message(): string {
    return `The app's response cannot be sent: ${this.issue}.`
  }
}

export class ResponseIncomplete extends TaggedError("ResponseIncomplete")<{
  /** The bytes of the body that were written before the end. */
  readonly written: number
  /** What has happened. */
  readonly issue: string
  /** What the stream of the body failed with, if it failed. */
  readonly cause?: unknown
}> {
  override get message(): string {
    return `The response ended after ${this.written} bytes of its body: ${this.issue}.`
  }
}

export class StreamingUnavailable extends TaggedError("StreamingUnavailable")<{
  /** What Lambda's runtime defines, and is missing. */
  readonly missing: string
}> {
  override get message(): string {
    return `Responses can't be streamed here: ${this.missing} is missing, which Lambda's Node.js runtime defines. ` +
      "Run the handler on Lambda or with aws-lambda-ric, without AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA. " +
      "In a test, call `handler.invoke(event, LambdaHttp.testStream())`."
  }
}
