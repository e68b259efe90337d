// The steps of mirroring one interface.
import { Effect, Schema } from "effect"
import { Ec2, Ssm } from "effect-aws-sdk"
import { inClusterAccount, inVpcAccount } from "./Accounts.ts"
import { EniRecord, SubnetRecord } from "./Records.ts"

/** Where the traffic of the subnet goes, from the record with this name. */
export const subnetRecord = (name: string) => inClusterAccount(Ssm.getParameterJson(name, SubnetRecord))

/** Creates a session: only one for each token. */
export const createSession = (options: Parameters<typeof Ec2.mirrorEni>[0]) => inVpcAccount(Ec2.mirrorEni(options))

/** Deletes the session. It may be gone already. */
export const deleteSession = (trafficSessionId: string) =>
  inVpcAccount(Ec2.deleteEniMirroring(trafficSessionId)).pipe(Effect.catchTag("MirrorDoesNotExist", () => Effect.void))

/** Records the session. Overwrites, because AWS may have stored the record although the response to the first attempt was lost. */
export const putRecord = Effect.fnUntraced(function*(name: string, record: typeof EniRecord.Type) {
  const value = yield* Schema.encodeEffect(Schema.fromJsonString(EniRecord))(record)
  const description = `The mirroring of ${record.eniId}`
  yield* inClusterAccount(Ssm.putParameter({ name, value, description, overwrite: true }))
})

/** Deletes the record. It may be gone already. */
export const deleteRecord = (name: string) =>
  inClusterAccount(Ssm.deleteParameter(name)).pipe(Effect.catchTag("ParameterDoesNotExist", () => Effect.void))

/** Ends the session that the record has, and deletes the record. Succeeds if either is gone already. */
export const destroy = (name: string) =>
  inClusterAccount(Ssm.getParameterJson(name, EniRecord)).pipe(
    Effect.flatMap(({ trafficSessionId }) => deleteSession(trafficSessionId)),
    Effect.andThen(deleteRecord(name)),
    Effect.catchTag("ParameterDoesNotExist", () => Effect.void)
  )
