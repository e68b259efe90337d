import { contract } from "./Contract.ts"

export const cloudWatch = contract("CloudWatch", {})
