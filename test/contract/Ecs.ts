import { contract } from "./Contract.ts"

export const ecs = contract("Ecs", {})
