/** Which instances a target of Run Command selects. */
import type * as sdk from "@aws-sdk/client-ssm"
import type { Instance } from "../ec2/state.ts"

/** Tells whether a target selects an instance. `undefined` if nothing here knows the target's key. */
export const selectorOf = (
  { Key = "", Values = [] }: sdk.Target
): ((instance: Pick<Instance, "InstanceId" | "Tags">) => boolean) | undefined => {
  const wanted = [...Values]
  if (/^instanceids$/i.test(Key)) return ({ InstanceId }) => wanted.includes("*") || wanted.includes(InstanceId)
  if (Key === "tag-key") return ({ Tags }) => Tags.some((tag) => wanted.includes(tag.Key ?? ""))
  if (!Key.startsWith("tag:")) return undefined
  return ({ Tags }) => Tags.some((tag) => tag.Key === Key.slice(4) && wanted.includes(tag.Value ?? ""))
}
