import { contract } from "./Contract.ts"

export const iam = contract("Iam", {})
