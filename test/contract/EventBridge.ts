import { contract } from "./Contract.ts"

export const eventBridge = contract("EventBridge", {})
