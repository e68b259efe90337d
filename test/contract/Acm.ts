import { contract } from "./Contract.ts"

export const acm = contract("Acm", {})
