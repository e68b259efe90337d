import { contract } from "./Contract.ts"

export const openSearch = contract("OpenSearch", {})
