import type { MetadataBearer } from "@smithy/types"
import * as Effect from "effect/Effect"
import { AwsError } from "../../errors/internal/awsError.ts"
import { classify } from "../../errors/internal/classify.ts"
import type { AnyCommand, Call, SdkClient, SdkClientClass, Send } from "../Call.ts"
import { guardBodies } from "./bodies.ts"
import { Defect } from "./defect.ts"
import { observed } from "./observed.ts"
import { watchBody } from "./requestBodies.ts"
import { checkPathLabels } from "./sdk/pathLabels.ts"
import { copyForCall } from "./sdk/pipeline.ts"
import { checkRequiredMembers } from "./sdk/requiredMembers.ts"
import { type Attempts, mayHaveSucceeded, track } from "./sdk/retry.ts"
import { explain } from "./sdk/unsendable.ts"

const toAwsError = ({ operation, region, service }: Call, attempts: Attempts, cause: unknown): AwsError => {
  const { last } = attempts
  // The retry strategy has classified the failure already, unless the call failed before its first attempt.
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

/** Refuses a command whose request would address another resource. */
export const guarded = <A>(client: SdkClient, command: AnyCommand, send: () => Promise<A>): Promise<A> => {
  checkRequiredMembers(command)
  return checkPathLabels(client, command)?.then(send) ?? send()
}

/** Sends calls with the clients that `get` returns. Interruption aborts the request. */
export const makeSend = (get: <Client extends SdkClient>(Client: SdkClientClass<Client>) => Client): Send => (call) =>
  observed(
    call,
    Effect.withFiber((fiber) =>
      Effect.callback<MetadataBearer, AwsError>((resume) => {
        const controller = new AbortController()
        const attempts = track(controller.signal, fiber.context)
        let endWatch = () => {}
        const onFailure = (cause: unknown) => {
          endWatch()
          const defect = cause instanceof Defect ? cause : attempts.defect
          resume(
            defect === undefined
              ? Effect.fail(
                AwsError.isAwsError(cause) ? cause : toAwsError(call, attempts, explain(call.command.input, cause))
              )
              : Effect.die(defect)
          )
        }
        try {
          const client = get(call.Client)
          const command = copyForCall(call.command)
          guarded<MetadataBearer>(client, call.command, () => {
            endWatch = watchBody(command.input, (error) => {
              onFailure(error)
              controller.abort()
            })
            return client.send(command, { abortSignal: controller.signal })
          }).then(
            (output) => {
              endWatch()
              guardBodies(output)
              resume(Effect.succeed(output))
            },
            onFailure
          )
        } catch (cause) {
          onFailure(cause)
        }
        return Effect.sync(() => {
          endWatch()
          controller.abort()
        })
      })
    )
  )
