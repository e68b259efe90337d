/**
 * A mistake in the program, not a failure of AWS: `send` dies with it. It passes through the SDK's pipeline as a rejection, so
 * only its class distinguishes it.
 */
export class Defect extends Error {
  override readonly name = "Defect"
}
