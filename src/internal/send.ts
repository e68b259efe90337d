import type { MetadataBearer } from "@smithy/types"
import * as Effect from "effect/Effect"
import { AwsError } from "../../errors/internal/awsError.ts"
import { classify } from "../../errors/internal/classify.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import type { AnyCommand, Call, SdkClient, SdkClientClass, Send } from "../Call.ts"
import { guardBodies } from "./bodies.ts"
import { Defect } from "./defect.ts"
import { observed } from "./observed.ts"
import { emptyPathLabel } from "./sdk/pathLabels.ts"
import { copyForCall } from "./sdk/pipeline.ts"
import { type Attempts, mayHaveSucceeded, track } from "./sdk/retry.ts"

const toAwsError = ({ operation, region, service }: Call, attempts: Attempts, cause: unknown): AwsError => {
  const { last } = attempts
  // The retry strategy has seen the failure already, unless it failed before the first attempt.
  const reason = last !== undefined && last.error === cause ? last.reason : classify(cause)
  return new AwsError({
    service,
    operation,
    region,
    reason,
    cause,
    mayHaveSucceeded: mayHaveSucceeded(attempts, reason, cause)
  })
}

const emptyLabelError = ({ operation, region, service }: Call, label: string): AwsError =>
  new AwsError({
    service,
    operation,
    region,
    cause: undefined,
    reason: new Reason.Misconfigured({
      code: `Empty${label}`,
      description: `the ${label} is empty, so the request would address the resource that contains it`,
      isRetryable: false,
      advice: `Pass a ${label} of at least one character.`
    })
  })

/** Refuses a command whose empty member would make it a request for another resource. */
const guarded = (
  client: SdkClient,
  call: Call,
  send: (command: AnyCommand) => Promise<MetadataBearer>
): Promise<MetadataBearer> => {
  const command = copyForCall(call.command)
  return emptyPathLabel(client, call.command)?.then((label) => {
    if (label !== undefined) throw emptyLabelError(call, label)
    return send(command)
  }) ?? send(command)
}

/** Sends calls by the clients that `get` returns. Interruption aborts the request. */
export const makeSend = (get: <Client extends SdkClient>(Client: SdkClientClass<Client>) => Client): Send => (call) =>
  observed(
    call,
    Effect.callback<MetadataBearer, AwsError>((resume) => {
      const controller = new AbortController()
      const attempts = track(controller.signal)
      const onFailure = (cause: unknown) => {
        const defect = cause instanceof Defect ? cause : attempts.defect
        resume(
          defect === undefined
            ? Effect.fail(AwsError.isAwsError(cause) ? cause : toAwsError(call, attempts, cause))
            : Effect.die(defect)
        )
      }
      try {
        const client = get(call.Client)
        guarded(client, call, (command) => client.send(command, { abortSignal: controller.signal })).then(
          (output) => {
            guardBodies(output)
            resume(Effect.succeed(output))
          },
          onFailure
        )
      } catch (cause) {
        onFailure(cause)
      }
      return Effect.sync(() => controller.abort())
    })
  )
